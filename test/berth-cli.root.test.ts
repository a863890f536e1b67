import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { startEngine, type TestEngine } from "./harness/engine.ts";
import { startFixtureRegistry } from "./harness/fixture-registry.ts";
import type { TestRegistry } from "./harness/registry.ts";
import { inTerminal } from "./harness/terminal.ts";

// Our own command against the real engine.

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

async function berth(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await engine.berth(args);
  assert.equal(code, 0, `berth ${args.join(" ")}\n${stdout}${stderr}`);
  return stdout.trimEnd();
}

test("run pulls what is missing, passes streams and exit code on", async () => {
  const script = "echo out; echo err >&2; exit 7";
  const first = await engine.berth(["run", "--rm", "busybox", "sh", "-c", script]);
  assert.equal(first.code, 7);
  assert.equal(first.stdout, "out\n");
  assert.match(
    first.stderr,
    /Unable to find image 'busybox' locally[\s\S]*Downloaded newer image[\s\S]*err\n/,
  );
  const { stdout } = await engine.berth(["run", "-i", "--rm", "busybox", "wc", "-c"], { input: "12345" });
  assert.equal(stdout.trim(), "5");
  assert.equal((await engine.berth(["run", "--rm", "busybox", "nothing"])).code, 127);
  assert.equal((await engine.berth(["run", "--nonsense", "busybox"])).code, 125);
});

test("a container's life", async () => {
  const id = await berth(
    "run",
    "-d",
    "--name",
    "life",
    "-e",
    "A=b",
    "busybox",
    "sh",
    "-c",
    "echo hello; sleep 1000",
  );
  assert.match(id, /^[0-9a-f]{64}$/);
  assert.match(await berth("ps"), /^CONTAINER ID\s+IMAGE[\s\S]*life$/);
  assert.equal(await berth("logs", "life"), "hello");
  assert.equal(await berth("exec", "-e", "C=d", "life", "sh", "-c", "echo $A $C"), "b d");
  assert.equal((await engine.berth(["exec", "life", "sh", "-c", "exit 4"])).code, 4);
  assert.equal(await berth("inspect", "-f", "{{.State.Status}} {{.Name}}", "life"), "running /life");
  await berth("pause", "life");
  assert.match(await berth("ps", "--format", "{{.Status}}"), /Paused/);
  await berth("unpause", "life");
  await berth("rename", "life", "afterlife");
  assert.match(await berth("top", "afterlife"), /sleep 1000/);
  assert.equal(await berth("stop", "-t", "0", "afterlife"), "afterlife");
  assert.equal(await berth("wait", "afterlife"), "137");
  assert.equal(await berth("rm", "afterlife"), "afterlife");
  const gone = await engine.berth(["start", "afterlife"]);
  assert.deepEqual(
    [gone.code, gone.stderr],
    [1, "Error response from daemon: No such container: afterlife\n"],
  );
});

test("a terminal: size, input, exit code; leaving with the detach keys", async () => {
  const project = resolve(import.meta.dirname, "..");
  const program = `${project}/node_modules/node/bin/node ${project}/runtime/main.ts`;
  const env = { BERTH_HOST: `unix://${engine.socket}` };
  const run = await inTerminal(`${program} run -it --rm busybox sh`, "stty size; exit 3\n", env);
  assert.match(run.output, /30 100/);
  assert.equal(run.code, 3);
  await berth("run", "-d", "--name", "inside", "busybox", "sleep", "1000");
  const exec = await inTerminal(`${program} exec -it inside sh`, "echo $((6*7)); exit 4\n", env);
  assert.match(exec.output, /42/);
  assert.equal(exec.code, 4);
  const cat = "sh -c 'echo ready; exec cat'";
  const left = await inTerminal(`${program} run -it --name left busybox ${cat}`, "\x10\x11", env);
  assert.match(left.output, /read escape sequence/);
  assert.equal(await berth("inspect", "-f", "{{.State.Running}}", "left"), "true");
  await berth("rm", "-f", "left", "inside");
});

test("images are built, tagged, shown and removed", async () => {
  const directory = await mkdtemp(join(tmpdir(), "berth-cli-"));
  try {
    await writeFile(
      join(directory, "Dockerfile"),
      "FROM busybox\nARG A\nCOPY . /files\nRUN echo $A > /a\nCMD cat /a; ls /files\n",
    );
    await writeFile(join(directory, "kept"), "");
    await writeFile(join(directory, "dropped"), "");
    await writeFile(join(directory, ".dockerignore"), "dropped\nDockerfile\n.dockerignore\n");
    await berth("build", "-t", "mine", "--build-arg", "A=arg", directory);
    assert.match(await berth("run", "--rm", "mine"), /^arg\n(Dockerfile\n)?kept$/);
    await writeFile(join(directory, "Other"), "FROM busybox\nRUN echo elsewhere\n");
    assert.match(await berth("build", "-f", join(directory, "Other"), directory), /elsewhere/);
    await berth("tag", "mine", "mine:2");
    assert.match(await berth("images", "mine"), /mine\s+2/);
    assert.match(await berth("history", "--no-trunc", "mine"), /cat \/a/);
    assert.match(await berth("rmi", "mine:2", "mine"), /Untagged: mine:2/);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test("volumes and networks", async () => {
  assert.equal(await berth("volume", "create", "--label", "a=b", "vol"), "vol");
  assert.equal(await berth("volume", "ls", "-q", "--filter", "label=a=b"), "vol");
  await berth("volume", "rm", "vol");
  await berth("network", "create", "--subnet", "10.231.7.0/24", "net");
  assert.equal(await berth("network", "inspect", "-f", "{{.Name}} {{.Driver}}", "net"), "net bridge");
  await berth("run", "-d", "--name", "there", "busybox", "sleep", "100");
  await berth("network", "connect", "--alias", "too", "net", "there");
  assert.match(
    await berth("run", "--rm", "--network", "net", "busybox", "ping", "-c", "1", "too"),
    /1 packets received/,
  );
  await berth("rm", "-f", "there");
  await berth("network", "rm", "net");
});

test("version, info, help, and an engine that is not there", async () => {
  assert.match(await berth("version"), /API version:\s+1\.50 \(minimum version 1\.24\)/);
  assert.match(await berth("info"), /Storage Driver: overlay2/);
  assert.match(await berth("--help"), /Management commands:[\s\S]*compose[\s\S]*engine/);
  assert.match(
    await berth("run", "--help"),
    /Usage: {2}berth run \[OPTIONS\] IMAGE[\s\S]*-p, --publish PORT/,
  );
  const nobody = await engine.berth(["-H", "unix:///nowhere.sock", "ps"]);
  assert.equal(nobody.code, 1);
  assert.match(nobody.stderr, /cannot reach the engine at unix:\/\/\/nowhere.sock/);
});
