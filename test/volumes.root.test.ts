import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startEngine, type TestEngine } from "./harness/engine.ts";
import { startFixtureRegistry } from "./harness/fixture-registry.ts";
import type { TestRegistry } from "./harness/registry.ts";

let registry: TestRegistry;
let engine: TestEngine;
let directory: string;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), "berth-volumes-"));
  registry = await startFixtureRegistry(["busybox:latest"]);
  engine = await startEngine({ mirrors: [registry.url] });
  await engine.dockerOk(["pull", "-q", "busybox"]);
});
after(async () => {
  await engine?.[Symbol.asyncDispose]();
  await registry?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

const docker = async (...words: string[]) => (await engine.dockerOk(words)).trim();
const sh = (volumes: readonly string[], script: string) =>
  docker("run", "--rm", ...volumes.flatMap((each) => ["-v", each]), "busybox", "sh", "-c", script);
const mountsOf = async (name: string) => {
  const target = join(engine.root, "volumes", name, "_data");
  return (await readFile("/proc/self/mounts", "utf8"))
    .split("\n")
    .filter((line) => line.split(" ")[1] === target);
};

test("a volume of memory is shared while containers have it, keeps its size, and is gone with the last", async () => {
  await docker(
    ...["volume", "create", "--opt", "type=tmpfs", "--opt", "device=tmpfs"],
    ...["--opt", "o=size=2m,uid=1000,mode=750", "memory"],
  );
  assert.deepEqual(await mountsOf("memory"), []);
  await docker("run", "-d", "--name", "one", "-v", "memory:/m", "busybox", "sleep", "1000");
  await docker("exec", "one", "sh", "-c", "echo shared > /m/file");
  assert.equal(await sh(["memory:/m"], "stat -c '%u %a' /m; cat /m/file"), "1000 750\nshared");
  const full = await engine.docker(["exec", "one", "sh", "-c", "head -c 3000000 /dev/zero > /m/big"]);
  assert.match(full.stderr, /No space left on device|I\/O error/);
  assert.equal((await mountsOf("memory")).length, 1);
  // The engine dies; the mount stays with its container, and the next engine ends it.
  await engine.kill9();
  await engine.restart();
  assert.equal(await docker("exec", "one", "cat", "/m/file"), "shared");
  const used = await engine.docker(["volume", "rm", "memory"]);
  assert.match(used.stderr, /remove memory: volume is in use - \[[0-9a-f]{64}\]/);
  await docker("rm", "-f", "one");
  assert.deepEqual(await mountsOf("memory"), []);
  assert.equal(await sh(["memory:/m"], "ls /m"), "");
  await docker("volume", "rm", "memory");
});

test("a reboot takes mounts away; the next start brings them back", async () => {
  await docker("volume", "create", "--opt", "type=tmpfs", "--opt", "device=tmpfs", "again");
  await docker("create", "--name", "later", "-v", "again:/m", "busybox", "grep", " /m ", "/proc/mounts");
  execFileSync("umount", [join(engine.root, "volumes", "again", "_data")]);
  assert.match(await docker("start", "-a", "later"), /^tmpfs \/m tmpfs/);
  await docker("rm", "later");
  await docker("volume", "rm", "again");
});

test("a volume of a host's directory, read-only too; removing it leaves the directory", async () => {
  const host = join(directory, "host");
  await mkdir(host);
  await writeFile(join(host, "file"), "of the host");
  const make = (name: string, o: string) =>
    docker(...["volume", "create", "--opt", "type=none", "--opt", `device=${host}`, "--opt", `o=${o}`, name]);
  await make("bound", "bind");
  await make("fixed", "bind,ro");
  assert.equal(
    await sh(["bound:/b", "fixed:/f"], "cat /f/file; echo new > /b/new; cat /f/new"),
    "of the hostnew",
  );
  const refused = await engine.docker(["run", "--rm", "-v", "fixed:/f", "busybox", "touch", "/f/x"]);
  assert.match(refused.stderr, /Read-only file system/);
  await docker("volume", "rm", "bound", "fixed");
  assert.equal(await readFile(join(host, "new"), "utf8"), "new\n");
});

test("a volume of a block device; one that cannot be mounted says why and leaves no container", async () => {
  const image = join(directory, "disk.img");
  execFileSync("sh", ["-c", `truncate -s 4M ${image} && mkfs.ext4 -q -F ${image}`]);
  const device = execFileSync("losetup", ["--find", "--show", image]).toString().trim();
  try {
    await docker("volume", "create", "--opt", "type=ext4", "--opt", `device=${device}`, "disk");
    assert.equal(
      await sh(["disk:/d"], "echo kept > /d/file; grep -c 'ext4' /proc/mounts > /dev/null; df /d | wc -l"),
      "2",
    );
    assert.equal(await sh(["disk:/d"], "cat /d/file"), "kept");
    await docker("volume", "rm", "disk");
  } finally {
    execFileSync("losetup", ["--detach", device]);
  }
  await docker("volume", "create", "--opt", "type=ext4", "--opt", "device=/no/such", "nowhere");
  const failed = await engine.docker(["run", "--rm", "-v", "nowhere:/d", "busybox", "true"]);
  assert.match(failed.stderr, /cannot mount volume "nowhere" \(type=ext4, device=\/no\/such\): .*\/no\/such/);
  assert.equal(await docker("ps", "-aq"), "");
  await docker("volume", "rm", "nowhere");
});

test("image content comes with owner and mode, unless it is not wanted; parts of a volume; backup and restore", async () => {
  const context = join(directory, "context");
  await mkdir(context);
  await writeFile(
    join(context, "Dockerfile"),
    "FROM busybox\nRUN mkdir -p /data/sub && echo content > /data/sub/file && chown -R 1001:1002 /data && chmod 2750 /data\n",
  );
  await engine.dockerOk(["build", "-q", "-t", "filled", context], { env: { DOCKER_BUILDKIT: "0" } });
  const run = (mount: string, script: string) =>
    docker("run", "--rm", "--mount", mount, "filled", "sh", "-c", script);
  assert.equal(
    await run("type=volume,src=up,dst=/data", "stat -c '%u:%g %a' /data; cat /data/sub/file"),
    "1001:1002 2750\ncontent",
  );
  assert.equal(await run("type=volume,src=bare,dst=/data,volume-nocopy", "ls /data"), "");
  assert.equal(await run("type=volume,src=up,dst=/part,volume-subpath=sub", "ls /part"), "file");
  assert.match(
    (await engine.docker(["run", "--rm", "-v", "up:/data:ro", "filled", "touch", "/data/x"])).stderr,
    /Read-only file system/,
  );
  assert.equal(
    await sh(["up:/from:ro", "restored:/to"], "tar -C /from -c . | tar -C /to -x; cat /to/sub/file"),
    "content",
  );
  await docker("create", "--name", "helper", "-v", "restored:/v", "busybox");
  await docker("cp", "helper:/v/sub", join(directory, "backup"));
  assert.equal(await readFile(join(directory, "backup", "file"), "utf8"), "content\n");
  await writeFile(join(directory, "backup", "file"), "restored\n");
  await docker("cp", join(directory, "backup", "file"), "helper:/v/sub/file");
  assert.equal(await sh(["restored:/v"], "cat /v/sub/file"), "restored");
  await docker("rm", "helper");
  await docker("volume", "rm", "up", "bare", "restored");
});

test("df tells what volumes take and who has them; prune takes the anonymous, and all when asked", async () => {
  await docker("volume", "create", "--label", "keep=yes", "named");
  await sh(["named:/v"], "head -c 1000000 /dev/zero > /v/big");
  await docker("run", "-d", "--name", "user", "-v", "named:/v", "busybox", "sleep", "1000");
  await docker(
    "run",
    "--name",
    "anonymous",
    "-v",
    "/v",
    "busybox",
    "sh",
    "-c",
    "head -c 500000 /dev/zero > /v/x",
  );
  await docker("rm", "anonymous");
  const usage = await engine.client.system.diskUsage(AbortSignal.timeout(30_000));
  const rows = usage.Volumes as readonly { Name: string; UsageData: { Size: number; RefCount: number } }[];
  const du = (name: string) =>
    Number.parseInt(execFileSync("du", ["-sB1", join(engine.root, "volumes", name, "_data")]).toString(), 10);
  for (const { Name, UsageData } of rows) {
    assert.deepEqual(UsageData, { Size: du(Name), RefCount: Name === "named" ? 1 : 0 });
  }
  assert.match(await docker("system", "df"), /Local Volumes +2 +1 +1.5\d*MB/);
  assert.match(await docker("volume", "prune", "-f"), /Total reclaimed space: 50\d(\.\d+)?kB/);
  assert.equal(await docker("volume", "ls", "-q"), "named");
  await docker("rm", "-f", "user");
  await docker("volume", "prune", "-f", "--filter", "label!=keep", "--filter", "all=true");
  assert.equal(await docker("volume", "ls", "-q", "--filter", "dangling=true"), "named");
  await docker("volume", "prune", "-af");
  assert.equal(await docker("volume", "ls", "-q"), "");
});
