import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startEngine, type TestEngine } from "./harness/engine.ts";
import { startFixtureRegistry } from "./harness/fixture-registry.ts";
import type { TestRegistry } from "./harness/registry.ts";

// Changes to the networks and names of running containers, by the stock docker command.

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

test("inspect follows a live connect; a renamed container is found under its new name", async () => {
  const docker = (...args: string[]) => engine.dockerOk(args);
  await docker("network", "create", "one");
  await docker("network", "create", "two");
  await docker("run", "-d", "--name", "server", "--network", "one", "busybox", "sleep", "1000");
  await docker("run", "-d", "--name", "client", "--network", "two", "busybox", "sleep", "1000");
  await docker("network", "connect", "two", "server");
  const format = '{{with index .NetworkSettings.Networks "two"}}{{.IPAddress}}{{end}}';
  const address = await docker("inspect", "-f", format, "server");
  assert.match(address, /^\d+\.\d+\.\d+\.\d+$/);
  assert.match(
    await docker("exec", "client", "nslookup", "server"),
    new RegExp(address.replaceAll(".", "\\.")),
  );

  await docker("rename", "server", "backend");
  assert.match(
    await docker("exec", "client", "nslookup", "backend"),
    new RegExp(address.replaceAll(".", "\\.")),
  );
  assert.notEqual((await engine.docker(["exec", "client", "nslookup", "server"])).code, 0);

  await docker("network", "disconnect", "two", "backend");
  assert.equal(await docker("inspect", "-f", "{{len .NetworkSettings.Networks}}", "backend"), "1");
});
