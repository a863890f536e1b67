import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { startEngine } from "../harness/engine.ts";
import { startFixtureRegistry } from "../harness/fixture-registry.ts";
import { runClient } from "./run-client.ts";

// Debian's python3-docker, unmodified: the script beside this file is what its users write.

test("docker-py", { timeout: 180_000 }, async () => {
  await using registry = await startFixtureRegistry(["busybox:latest"]);
  await using engine = await startEngine({ mirrors: [registry.url] });
  const script = join(import.meta.dirname, "docker-py.py");
  // Not whatever python3 comes first on the path: python3-docker belongs to Debian's own.
  const ended = await runClient("/usr/bin/python3", [script], engine.socket);
  assert.equal(ended.code, 0, `${ended.output}\n${engine.log().slice(-3000)}`);
  assert.match(ended.output, /^ok prune, df$/m);
});
