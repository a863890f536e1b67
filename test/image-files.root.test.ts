import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startEngine, type TestEngine } from "./harness/engine.ts";
import { startFixtureRegistry } from "./harness/fixture-registry.ts";
import type { TestRegistry } from "./harness/registry.ts";

// save, load, import, commit, diff and export with the stock docker CLI.

let registry: TestRegistry;
let engine: TestEngine;
let directory: string;

before(async () => {
  registry = await startFixtureRegistry(["busybox:latest"]);
  engine = await startEngine({ mirrors: [registry.url] });
  directory = await mkdtemp(join(tmpdir(), "berth-files-"));
  await engine.dockerOk(["pull", "busybox"]);
});

after(async () => {
  await engine?.[Symbol.asyncDispose]();
  await registry?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

const docker = (...args: string[]) => engine.dockerOk(args);
const idOf = (name: string) => docker("image", "inspect", "--format", "{{.Id}}", name);

test("saved images are read by skopeo, both ways, and loaded again", async () => {
  const archive = join(directory, "saved.tar");
  await docker("tag", "busybox", "other:2");
  const id = await idOf("busybox");
  await docker("save", "-o", archive, "busybox", "other:2");
  const listed = execFileSync("tar", ["-tf", archive], { encoding: "utf8" });
  assert.match(listed, /^index\.json\nmanifest\.json\noci-layout\n/m);
  for (const source of [`docker-archive:${archive}:other:2`, `oci-archive:${archive}:2`]) {
    const config = execFileSync("skopeo", ["inspect", "--config", source], { encoding: "utf8" });
    assert.match(config, /"rootfs"/);
    const copy = join(directory, source.slice(0, 3));
    execFileSync("skopeo", ["--insecure-policy", "copy", "--quiet", source, `oci:${copy}`]);
  }
  await docker("rmi", "busybox", "other:2");
  assert.equal(await docker("load", "-i", archive), "Loaded image: busybox:latest\nLoaded image: other:2");
  assert.equal(await idOf("other:2"), id);
  assert.equal(await docker("run", "--rm", "other:2", "echo", "runs"), "runs");
  await docker("rmi", "other:2");
  const absent = await engine.docker(["save", "-o", join(directory, "no.tar"), "absent:1"]);
  assert.equal(absent.code, 1);
  assert.match(absent.stderr, /No such image: absent:1/);
});

test("a container becomes an image; its changes and files are told", async () => {
  await docker(
    "run",
    "--name",
    "maker",
    "busybox",
    "sh",
    "-c",
    "echo new > /new; rm /bin/wget; echo x >> /etc/passwd",
  );
  const changes = (await docker("diff", "maker")).split("\n");
  for (const line of ["A /new", "D /bin/wget", "C /etc", "C /etc/passwd"])
    assert.ok(changes.includes(line), line);
  const id = await docker(
    "commit",
    "-m",
    "why",
    "-a",
    "me",
    "-c",
    "CMD cat /new",
    "-c",
    "ENV A=b",
    "maker",
    "made:1",
  );
  assert.match(id, /^sha256:/);
  assert.equal(await docker("run", "--rm", "made:1"), "new");
  assert.equal(
    await docker("image", "inspect", "--format", "{{.Author}} {{.Comment}} {{.Config.Env}}", "made:1"),
    "me why [PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin A=b]",
  );
  assert.equal((await engine.docker(["run", "--rm", "made:1", "ls", "/bin/wget"])).code, 1);

  const archive = join(directory, "tree.tar");
  await docker("export", "-o", archive, "maker");
  const listed = execFileSync("tar", ["-tf", archive], { encoding: "utf8" }).split("\n");
  assert.ok(listed.includes("new") && !listed.includes("bin/wget") && listed.includes("bin/sh"), "tree");
  await docker("import", "-m", "flat", "-c", 'CMD ["cat","/new"]', archive, "flat:1");
  assert.equal(await docker("run", "--rm", "flat:1"), "new");
  const wrong = await engine.docker(["import", "-c", "RUN x", archive, "flat:2"]);
  assert.match(wrong.stderr, /RUN is not a valid change command/);
  await docker("rm", "maker");
  await docker("rmi", "made:1", "flat:1");
});

test("a running container is committed and goes on", async () => {
  const id = await docker("run", "-d", "busybox", "sh", "-c", "echo one > /one; exec sleep 1000");
  await docker("exec", id, "sh", "-c", "until test -s /one; do sleep 0.05; done");
  await docker("commit", id, "running:1");
  assert.equal(await docker("run", "--rm", "running:1", "cat", "/one"), "one");
  assert.equal(await docker("inspect", "--format", "{{.State.Status}}", id), "running");
  await docker("rm", "-f", id);
  await docker("rmi", "running:1");
});

test("the same with berth", async () => {
  const berth = async (...args: string[]) => {
    const { code, stdout, stderr } = await engine.berth(args);
    assert.equal(code, 0, `berth ${args.join(" ")}\n${stderr}`);
    return stdout;
  };
  await docker("run", "--name", "source", "busybox", "touch", "/mark");
  assert.equal(await berth("diff", "source"), "A /mark\n");
  assert.match(await berth("commit", "-c", "CMD ls /mark", "source", "by:berth"), /^sha256:/);
  const [images, tree] = [join(directory, "berth.tar"), join(directory, "berth-tree.tar")];
  await berth("save", "-o", images, "by:berth");
  await docker("rmi", "by:berth");
  assert.equal(await berth("load", "-i", images), "Loaded image: by:berth\n");
  assert.equal(await docker("run", "--rm", "by:berth"), "/mark");
  await berth("export", "-o", tree, "source");
  assert.match(await berth("import", "-c", 'CMD ["ls", "/mark"]', tree, "by:import"), /^sha256:/);
  assert.equal(await docker("run", "--rm", "by:import"), "/mark");
  await docker("rm", "source");
  await docker("rmi", "by:berth", "by:import");
});

test("system df says what du says", async () => {
  const context = join(directory, "context");
  await mkdir(context);
  await writeFile(join(context, "Dockerfile"), "FROM busybox\nRUN seq 1 200000 > /numbers\n");
  await docker("tag", "busybox", "shared:1");
  await engine.dockerOk(["build", "-t", "built:1", context], { env: { DOCKER_BUILDKIT: "0" } });
  const onDisk = () => {
    // Files only: the directories of the store itself are no image's.
    const find = [join(engine.root, "content/blobs"), "-type", "f", "-print0"];
    const files = execFileSync("find", find).toString();
    const blobs = execFileSync("du", ["-csB1", "--files0-from=-"], { input: files }).toString();
    const diffs = execFileSync("sh", ["-c", `du -csB1 ${join(engine.root, "snapshots")}/[0-9]*`]).toString();
    return [blobs, diffs].reduce((sum, text) => sum + Number(/(\d+)\ttotal/.exec(text)?.[1]), 0);
  };
  const usage = async () => {
    const answer = await engine.client.system.diskUsage(AbortSignal.timeout(30_000));
    const cache = answer.BuildCache as readonly { readonly Size: number }[];
    return { images: Number(answer.LayersSize), cache: cache.reduce((sum, { Size }) => sum + Size, 0) };
  };
  const built = await usage();
  assert.equal(built.images + built.cache, onDisk());
  assert.equal(built.cache, 0);
  // The image goes, what the builder keeps stays and is its.
  await docker("rmi", "built:1");
  const kept = await usage();
  assert.ok(kept.cache > 1_000_000, `${kept.cache}`);
  assert.equal(kept.images + kept.cache, onDisk());
  assert.match(await docker("system", "df", "-v"), /busybox[\s\S]*Build cache usage: [1-9]/);
  await docker("builder", "prune", "-f");
  const pruned = await usage();
  assert.deepEqual(pruned, { images: onDisk(), cache: 0 });
  await docker("rmi", "shared:1");
});
