import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rmdir, stat } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { startEngine, type TestEngine } from "./harness/engine.ts";
import { startFixtureRegistry } from "./harness/fixture-registry.ts";
import type { TestRegistry } from "./harness/registry.ts";

// The engine as a program: its arguments, its end, and one engine per root.

let registry: TestRegistry;
let engine: TestEngine;

before(async () => {
  registry = await startFixtureRegistry(["busybox:latest"]);
  engine = await startEngine({ mirrors: [registry.url] });
});

after(async () => {
  await engine?.[Symbol.asyncDispose]();
  await registry?.[Symbol.asyncDispose]();
});

test("the socket is for root and its group", async () => {
  assert.equal((await stat(engine.socket)).mode & 0o777, 0o660);
  // A user whom the usual socket is given to reaches it; the instances beside it stay closed.
  assert.equal((await stat("/run/berth")).mode & 0o777, 0o711);
});

test("a second engine on the same root, or the same socket, is refused", async () => {
  const sameRoot = await engine.berth(["engine", "--root", engine.root, "--socket", `${engine.socket}.2`]);
  assert.equal(sameRoot.code, 1);
  assert.match(sameRoot.stderr, /another engine runs with root/);
  await assert.rejects(stat(`${engine.socket}.2`), /ENOENT/);
});

test("arguments that are wrong are named", async () => {
  const refused = async (...args: string[]) => {
    const { code, stderr } = await engine.berth(["engine", ...args]);
    assert.equal(code, 1);
    return stderr;
  };
  assert.match(await refused("--rot", "/x"), /unknown flag: --rot/);
  assert.match(await refused("--log-level", "loud"), /"loud" is not one of debug, info, warn, error/);
  assert.match(await refused("--root"), /flag needs an argument: --root/);
});

test("a root that cannot be is refused in words", async () => {
  for (const [root, why] of [
    ["/proc/no/such/place", /cannot use \/proc\/no\/such\/place as the engine's root: .*\/proc\/no/],
    [`${engine.socket}/root`, /is not a folder|ENOTDIR/],
  ] as const) {
    const { code, stderr } = await engine.berth(["engine", "--root", root, "--socket", `${engine.socket}.3`]);
    assert.equal(code, 1);
    assert.match(stderr, why);
  }
});

test("an engine in a chroot refuses to start: its execs would run on the host", async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), "berth-chroot-"));
  try {
    const enter = 'mount --make-rprivate / && mount --rbind / "$1" && shift && exec chroot "$@"';
    const project = path.dirname(import.meta.dirname);
    const engineCommand = [process.execPath, path.join(project, "runtime/main.ts"), "engine"];
    const where = ["--root", "/var/tmp/berth-never", "--socket", "/run/berth-never.sock"];
    const ended = spawnSync(
      "unshare",
      ["-m", "sh", "-c", enter, "sh", folder, folder, ...engineCommand, ...where],
      { encoding: "utf8", timeout: 30_000 },
    );
    assert.match(ended.stderr, /cannot run in a chroot/);
    assert.equal(ended.status, 1);
  } finally {
    await rmdir(folder);
  }
});

test("containers go on when the engine is told to stop, and are found again", async () => {
  const id = await engine.dockerOk(["run", "-d", "--name", "stays", "busybox", "sleep", "1000"]);
  const pid = await engine.dockerOk(["inspect", "-f", "{{.State.Pid}}", "stays"]);
  await engine.restart();
  assert.match(await readFile(`/proc/${pid}/cmdline`, "utf8"), /^sleep/);
  assert.equal(await engine.dockerOk(["ps", "-q", "--no-trunc"]), id);
  assert.equal(await engine.dockerOk(["exec", "stays", "echo", "still here"]), "still here");
  await engine.dockerOk(["rm", "-f", "stays"]);
  for (const line of engine.log().trim().split("\n")) assert.ok(JSON.parse(line).level !== "error", line);
});
