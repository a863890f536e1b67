import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, readlink, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startEngine, type TestEngine } from "./harness/engine.ts";
import { startFixtureRegistry } from "./harness/fixture-registry.ts";
import type { TestRegistry } from "./harness/registry.ts";

// What people do with `docker cp` and `docker stats`, by the stock docker command.

let registry: TestRegistry;
let engine: TestEngine;
let folder = "";

before(async () => {
  registry = await startFixtureRegistry(["busybox:latest"]);
  engine = await startEngine({ mirrors: [registry.url] });
  folder = await mkdtemp(join(tmpdir(), "berth-copy-"));
  await engine.dockerOk(["run", "-d", "--name", "up", "-v", "vol:/vol", "busybox", "sleep", "1000"]);
  await engine.dockerOk(["create", "--name", "down", "-v", "vol2:/vol", "busybox", "true"]);
});

after(async () => {
  await engine?.[Symbol.asyncDispose]();
  await registry?.[Symbol.asyncDispose]();
  if (folder !== "") await rm(folder, { recursive: true, force: true });
});

for (const name of ["up", "down"]) {
  test(`cp of files and directories into a container and back (${name})`, async () => {
    const source = join(folder, `${name}-source`);
    await mkdir(join(source, "sub"), { recursive: true });
    await writeFile(join(source, "a"), "hello", { mode: 0o640 });
    await writeFile(join(source, "sub/b"), "x".repeat(300_000));
    await symlink("a", join(source, "link"));

    await engine.dockerOk(["cp", source, `${name}:/tmp/`]);
    await engine.dockerOk(["cp", `${source}/.`, `${name}:/tmp/fresh`]);
    await engine.dockerOk(["cp", join(source, "a"), `${name}:/tmp/renamed`]);
    await engine.dockerOk(["cp", join(source, "a"), `${name}:/vol/`]);

    const back = join(folder, `${name}-back`);
    await engine.dockerOk(["cp", `${name}:/tmp/fresh`, back]);
    assert.equal(await readFile(join(back, "a"), "utf8"), "hello");
    assert.equal((await stat(join(back, "a"))).mode & 0o777, 0o640);
    assert.equal((await stat(join(back, "sub/b"))).size, 300_000);
    assert.equal(await readlink(join(back, "link")), "a");
    await engine.dockerOk(["cp", `${name}:/tmp/renamed`, join(folder, `${name}-file`)]);
    assert.equal(await readFile(join(folder, `${name}-file`), "utf8"), "hello");
    await engine.dockerOk(["cp", `${name}:/vol/a`, join(folder, `${name}-vol`)]);
    assert.equal(await readFile(join(folder, `${name}-vol`), "utf8"), "hello");
    await engine.dockerOk(["cp", "-L", `${name}:/tmp/fresh/link`, join(folder, `${name}-followed`)]);
    assert.equal(await readFile(join(folder, `${name}-followed`), "utf8"), "hello");

    const missing = await engine.docker(["cp", `${name}:/nope`, folder]);
    assert.equal(missing.code, 1);
    // Older clients say it in their own words.
    assert.match(
      missing.stderr,
      /Could not find the file \/nope in container|No such container:path: .*:\/nope/,
    );
    const clash = await engine.docker(["cp", join(source, "sub"), `${name}:/tmp/renamed`]);
    assert.equal(clash.code, 1);
  });
}

test("what was copied into a stopped container is there when it runs", async () => {
  await writeFile(join(folder, "script"), "#!/bin/sh\necho from outside\n", { mode: 0o755 });
  await engine.dockerOk(["create", "--name", "later", "busybox", "/script"]);
  await engine.dockerOk(["cp", join(folder, "script"), "later:/script"]);
  assert.equal(await engine.dockerOk(["start", "-a", "later"]), "from outside");
});

test("stats shows memory, processes and network of what runs", async () => {
  const format = "{{.Name}} {{.MemUsage}} {{.PIDs}} {{.NetIO}}";
  const line = await engine.dockerOk(["stats", "--no-stream", "--format", format, "up"]);
  assert.match(line, /^up [\d.]+[kKM]iB \/ [\d.]+[GM]iB 1 [\d.]+[kM]?B \/ [\d.]+[kM]?B$/);
});

test("berth cp and berth stats do the same", async () => {
  const berth = async (...args: string[]) => {
    const { code, stdout, stderr } = await engine.berth(args);
    assert.equal(code, 0, `berth ${args.join(" ")}\n${stdout}${stderr}`);
    return stdout.trimEnd();
  };
  const source = join(folder, "own");
  await mkdir(join(source, "sub"), { recursive: true });
  await writeFile(join(source, "a"), "hello", { mode: 0o600 });
  await symlink("../a", join(source, "sub/link"));
  await berth("cp", source, "up:/own");
  await berth("cp", source, "up:/own");
  assert.equal(await engine.dockerOk(["exec", "up", "cat", "/own/own/sub/link"]), "hello");
  await berth("cp", `${source}/.`, "up:/own/sub");
  assert.equal(await engine.dockerOk(["exec", "up", "ls", "/own/sub"]), "a\nlink\nsub");
  await berth("cp", "up:/own/sub", join(folder, "own-back"));
  assert.equal(await readFile(join(folder, "own-back/a"), "utf8"), "hello");
  assert.equal((await stat(join(folder, "own-back/a"))).mode & 0o777, 0o600);
  assert.equal(await readlink(join(folder, "own-back/sub/link")), "../a");
  await berth("cp", "up:/own/a", folder);
  assert.equal(await readFile(join(folder, "a"), "utf8"), "hello");
  const missing = await engine.berth(["cp", "up:/nope", folder]);
  assert.equal(missing.code, 1);
  // Older clients say it in their own words.
  assert.match(
    missing.stderr,
    /Could not find the file \/nope in container|No such container:path: .*:\/nope/,
  );
  const table = await berth("stats", "--no-stream", "up");
  assert.match(table, /^CONTAINER ID +NAME +CPU % +MEM USAGE[\s\S]*\n[0-9a-f]{12} +up +[\d.]+% /);
});
