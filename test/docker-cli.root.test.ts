import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startEngine, type TestEngine } from "./harness/engine.ts";
import { startFixtureRegistry } from "./harness/fixture-registry.ts";
import { freePort } from "./harness/free-port.ts";
import type { TestRegistry } from "./harness/registry.ts";
import { inTerminal } from "./harness/terminal.ts";

// The stock docker CLI, unmodified, against the real engine and a real registry reached as a mirror of docker.io.

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

const docker = (...args: string[]) => engine.dockerOk(args);

test("version and info", async () => {
  assert.match(await docker("version"), /Server: Berth[\s\S]*API version:\s+1\.50 \(minimum version 1\.24\)/);
  assert.equal(await docker("info", "--format", "{{.Driver}} {{.OSType}}"), "overlay2 linux");
});

test("pull, images, tag, inspect, history, rmi", async () => {
  assert.match(
    await docker("pull", "busybox"),
    /Status: (Downloaded newer image|Image is up to date) for busybox:latest/,
  );
  assert.equal(await docker("images", "--format", "{{.Repository}}:{{.Tag}}"), "busybox:latest");
  await docker("tag", "busybox", "mine:1");
  assert.equal(
    await docker("image", "inspect", "--format", "{{.Id}}", "mine:1"),
    await docker("inspect", "--format", "{{.Id}}", "busybox"),
  );
  assert.ok((await docker("history", "-q", "busybox")).length > 0);
  assert.equal(await docker("rmi", "mine:1"), "Untagged: mine:1");
});

test("run in the foreground: output, both streams, exit code, input, environment", async () => {
  const script = "echo out; echo err >&2; echo $GREETING; exit 7";
  const ended = await engine.docker(["run", "--rm", "-e", "GREETING=hello", "busybox", "sh", "-c", script]);
  assert.deepEqual(ended, { code: 7, stdout: "out\nhello\n", stderr: "err\n" });
  const input = "one\ntwo\n";
  assert.equal(await engine.dockerOk(["run", "-i", "--rm", "busybox", "wc", "-l"], { input }), "2");
  assert.equal((await engine.docker(["run", "--rm", "busybox", "no-such-program"])).code, 127);
  assert.equal((await engine.docker(["run", "--rm", "busybox", "/etc"])).code, 126);
  assert.equal(await docker("ps", "-aq"), "");
});

test("a terminal: run -it and exec -it, with size and detach keys", async () => {
  const typed = await onTerminal(["run", "-it", "--rm", "busybox", "sh"], "stty size; tty; exit 3\n");
  assert.match(typed.output, /30 100/);
  assert.match(typed.output, /\/dev\/pts\/0/);
  assert.equal(typed.code, 3);
  await docker("run", "-d", "--name", "shell", "busybox", "sleep", "1000");
  const inside = await onTerminal(["exec", "-it", "shell", "sh"], "echo $((6*7)); exit 4\n");
  assert.match(inside.output, /42/);
  assert.equal(inside.code, 4);
  await docker("rm", "-f", "shell");
  const left = await onTerminal(
    ["run", "-it", "--name", "left", "busybox", "sh", "-c", "'echo ready; exec cat'"],
    "\x10\x11",
  );
  assert.equal(left.code, 0);
  assert.equal(await docker("inspect", "-f", "{{.State.Running}}", "left"), "true");
  await docker("rm", "-f", "left");
});

/** Docker on a terminal. */
const onTerminal = (args: readonly string[], typed: string) =>
  inTerminal(`docker ${args.join(" ")}`, typed, { DOCKER_HOST: `unix://${engine.socket}` });

test("run -d with a published port; ps, logs, exec, stop, start, restart, kill, rm", async () => {
  const port = await freePort();
  const serve = "mkdir /www; echo served > /www/index.html; echo starting; exec httpd -f -p 80 -h /www";
  const id = await docker("run", "-d", "-p", `${port}:80`, "--name", "web", "busybox", "sh", "-c", serve);
  assert.match(id, /^[0-9a-f]{64}$/);
  assert.equal(await fetchText(port), "served\n");
  assert.match(await docker("ps"), /web/);
  assert.match(await docker("ps", "--format", "{{.Ports}}"), new RegExp(`0\\.0\\.0\\.0:${port}->80/tcp`));
  assert.equal(await docker("logs", "web"), "starting");
  assert.equal(await docker("exec", "web", "cat", "/www/index.html"), "served");
  assert.equal((await engine.docker(["exec", "web", "sh", "-c", "exit 5"])).code, 5);
  assert.equal(await engine.dockerOk(["exec", "-i", "web", "cat"], { input: "through" }), "through");
  await docker("stop", "-t", "1", "web");
  assert.equal(await docker("ps", "-q"), "");
  assert.equal(await docker("ps", "-lq"), id.slice(0, 12));
  assert.match(await docker("ps", "-a"), /Exited \(137\)|Exited \(143\)/);
  await docker("start", "web");
  assert.equal(await fetchText(port), "served\n");
  await docker("restart", "-t", "1", "web");
  assert.equal(await fetchText(port), "served\n");
  await docker("kill", "web");
  assert.equal(await docker("wait", "web"), "137");
  await docker("rm", "web");
  assert.equal(await docker("ps", "-aq"), "");
});

async function fetchText(port: number): Promise<string> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    try {
      return await (await fetch(`http://127.0.0.1:${port}/`)).text();
    } catch (error) {
      // The server inside needs a moment after the container's start; there is no event for its listening.
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

test("logs -f follows until the end; run without -d prints while it runs", async () => {
  await docker(
    "run",
    "-d",
    "--name",
    "talk",
    "busybox",
    "sh",
    "-c",
    "for i in 1 2 3; do echo line $i; sleep 0.2; done",
  );
  assert.equal(await docker("logs", "-f", "talk"), "line 1\nline 2\nline 3");
  assert.equal(await docker("logs", "--tail", "1", "talk"), "line 3");
  assert.match(await docker("logs", "-t", "talk"), /^\d{4}-\d\d-\d\dT\S+Z line 1/);
  await docker("rm", "talk");
});

test("volumes: named, bind and anonymous", async () => {
  const directory = await mkdtemp(join(tmpdir(), "berth-bind-"));
  try {
    await writeFile(join(directory, "file"), "from the host\n");
    assert.equal(await docker("volume", "create", "data"), "data");
    await docker("run", "--rm", "-v", "data:/data", "busybox", "sh", "-c", "echo kept > /data/x");
    assert.equal(await docker("run", "--rm", "-v", "data:/data:ro", "busybox", "cat", "/data/x"), "kept");
    assert.equal(
      await docker("run", "--rm", "-v", `${directory}:/in`, "busybox", "cat", "/in/file"),
      "from the host",
    );
    assert.match(await docker("volume", "ls"), /local\s+data/);
    assert.match(await docker("volume", "inspect", "data"), /"Mountpoint"/);
    await docker("volume", "rm", "data");
    assert.equal(await docker("volume", "ls", "-q"), "");
  } finally {
    await rm(directory, { recursive: true });
  }
});

test("networks: containers on one network reach each other by name", async () => {
  await docker("network", "create", "shop");
  await docker("run", "-d", "--network", "shop", "--name", "db", "busybox", "sleep", "1000");
  assert.match(
    await docker("run", "--rm", "--network", "shop", "busybox", "ping", "-c", "1", "-W", "2", "db"),
    /1 packets received/,
  );
  assert.match(await docker("network", "ls"), /shop\s+bridge\s+local/);
  assert.match(await docker("network", "inspect", "shop"), /"Name": "db"/);
  const refused = await engine.docker(["network", "rm", "shop"]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /has active endpoints|endpoints? (is|are) attached/);
  await docker("rm", "-f", "db");
  await docker("network", "rm", "shop");
});

test("build: stages, cache, copy, run", async () => {
  const directory = await mkdtemp(join(tmpdir(), "berth-build-"));
  try {
    await writeFile(
      join(directory, "Dockerfile"),
      "FROM busybox AS maker\nARG WHO=nobody\nRUN echo made for $WHO > /made\n" +
        "FROM busybox\nCOPY --from=maker /made /made\nCOPY *.txt /text/\nENV A=b\nWORKDIR /text\nCMD cat /made a.txt\n",
    );
    await writeFile(join(directory, "a.txt"), "text\n");
    await writeFile(join(directory, "b.txt"), "ignored\n");
    await writeFile(join(directory, ".dockerignore"), "b.txt\n");
    const build = ["build", "-t", "built", "--build-arg", "WHO=me", directory];
    assert.match(await docker(...build), /Successfully tagged built:latest/);
    assert.equal(await docker("run", "--rm", "built"), "made for me\ntext");
    assert.equal(await docker("run", "--rm", "built", "ls"), "a.txt");
    assert.match(await docker(...build), /Using cache|CACHED/);
    await writeFile(join(directory, "Dockerfile"), "FROM busybox\nRUN echo before; exit 9\n");
    const failed = await engine.docker(["build", directory]);
    assert.equal(failed.code, 9);
    assert.match(failed.stdout + failed.stderr, /returned a non-zero code: 9/);
    await docker("rmi", "built");
  } finally {
    await rm(directory, { recursive: true });
  }
});

test("events tell what happened", async () => {
  const events = engine.spawnDocker(["events", "--format", "{{.Type}} {{.Action}}"]);
  let seen = "";
  events.stdout?.on("data", (chunk) => {
    seen += String(chunk);
  });
  // The stream stands when it shows something; a volume is the cheapest thing to make happen.
  while (!seen.includes("volume create")) {
    await docker("volume", "create", "tick");
    await Promise.race([events.stdout ? once(events.stdout, "data") : undefined, docker("volume", "ls")]);
  }
  await docker("run", "--rm", "busybox", "true");
  while (!seen.includes("container destroy")) if (events.stdout) await once(events.stdout, "data");
  events.kill();
  await docker("volume", "rm", "tick");
  for (const action of ["create", "attach", "start", "die", "destroy"]) {
    assert.match(seen, new RegExp(`container ${action}`));
  }
});
