import assert from "node:assert/strict";
import { resolve } from "node:path";
import { test } from "node:test";
import { startEngine } from "../harness/engine.ts";
import { startFixtureRegistry } from "../harness/fixture-registry.ts";
import { runClient } from "./run-client.ts";

// Debian's docker-compose, unmodified: 1.29 (Python, an API of its own) in Debian 12, 2 (Go, a docker plugin) in Debian 13.

const project = resolve(import.meta.dirname, "../fixtures/compose-v1");

test("docker-compose", { timeout: 180_000 }, async () => {
  await using registry = await startFixtureRegistry(["busybox:latest"]);
  await using engine = await startEngine({ mirrors: [registry.url] });
  const compose = (...args: string[]) =>
    runClient("docker-compose", ["-p", "shop", ...args], engine.socket, project);
  const succeeds = async (...args: string[]) => {
    const ended = await compose(...args);
    assert.equal(ended.code, 0, `${args.join(" ")}\n${ended.output}\n${engine.log().slice(-2000)}`);
    return ended.stdout;
  };
  const running = async () => (await succeeds("ps", "-q")).trim().split("\n").length;

  await succeeds("pull", "store");
  await succeeds("up", "-d");
  assert.match(await succeeds("ps"), /shop[-_]store[-_]1[\s\S]*shop[-_]web[-_]1/);
  assert.match(await succeeds("logs", "--no-color", "store"), /store is up/);
  assert.equal(await succeeds("exec", "-T", "web", "wget", "-qO-", "http://web"), "from compose\n");
  assert.equal((await compose("exec", "-T", "web", "sh", "-c", "exit 5")).code, 5);
  const once = await compose("run", "--rm", "-T", "store", "sh", "-c", "echo once; ping -c1 web; exit 3");
  assert.equal(once.code, 3, once.output);
  assert.match(once.stdout, /^once$[\s\S]*1 packets received/m);

  const address = (await succeeds("port", "web", "80")).trim();
  assert.equal(await (await fetch(`http://${address}`)).text(), "from compose\n");
  await succeeds("up", "-d", "--scale", "store=3");
  assert.equal(await running(), 4);
  await succeeds("up", "-d", "--scale", "store=1");
  assert.equal(await running(), 2);
  await succeeds("restart", "-t", "1", "store");
  await succeeds("stop", "-t", "1");
  await succeeds("start");
  assert.equal(await running(), 2);
  await succeeds("down", "-v", "-t", "1");
  assert.equal(await engine.dockerOk(["ps", "-aq"]), "");
  assert.equal(await engine.dockerOk(["volume", "ls", "-q"]), "");
  assert.equal(await engine.dockerOk(["network", "ls", "-q", "--filter", "name=shop"]), "");
});
