import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startEngine, type TestEngine } from "../harness/engine.ts";
import { startFixtureRegistry } from "../harness/fixture-registry.ts";
import type { TestRegistry } from "../harness/registry.ts";
import { ensureNodeClient } from "./node-client.ts";
import { runClient } from "./run-client.ts";

// dockerode and testcontainers, unmodified: the sessions beside this file are what their users write.

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

test("dockerode", async () => {
  await session("dockerode-session.mjs", await ensureNodeClient("dockerode", "5.0.1"));
});

// Without Ryuk, its helper that tidies up: that is an image of a registry the tests do not reach.
test("testcontainers", async () => {
  await session("testcontainers-session.mjs", await ensureNodeClient("testcontainers", "12.0.4"));
});

async function session(script: string, directory: string): Promise<void> {
  const path = join(import.meta.dirname, script);
  const ended = await runClient(process.execPath, [path], engine.socket, directory);
  assert.equal(ended.code, 0, `${ended.output}\n${engine.log().slice(-3000)}`);
  assert.match(ended.stdout, /^ok end$/m);
}
