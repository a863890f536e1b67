import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { startEngine } from "./harness/engine.ts";
import { startFixtureRegistry } from "./harness/fixture-registry.ts";
import { until } from "./harness/until.ts";

// The seed document's Dockerfile and commands, its mistakes repaired, one after the other: once with the stock docker
// CLI, once with the berth command.

const context = path.join(import.meta.dirname, "fixtures/node-app");

for (const client of ["docker", "berth"] as const) {
  test(`the seed's Node app with the ${client} command`, { timeout: 180_000 }, async () => {
    await using registry = await startFixtureRegistry(["node:20"]);
    await using engine = await startEngine({ mirrors: [registry.url] });
    const run = async (...args: string[]) => {
      const { code, stdout, stderr } = await engine[client](args);
      assert.equal(code, 0, `${client} ${args.join(" ")}: ${stderr}`);
      return stdout.trim();
    };
    const fetchText = async (address: string) => await (await fetch(address)).text();

    await run("build", "-t", "v2", context);
    assert.match(await run("image", "ls"), /^v2 +latest /m);
    const id = await run("run", "-d", "--rm", "-p", "3000:3000", "--name", "test-app", "v2");
    const body = await until("the app answers", 30_000, () => fetchText("http://127.0.0.1:3000/seed"));
    assert.equal(body, "hello from 127.0.0.1:3000, path /seed\n");
    const list = await run("ps");
    assert.match(list, /v2 .*0\.0\.0\.0:3000->3000\/tcp.* test-app/);
    assert.match(list, new RegExp(`^${id.slice(0, 12)} `, "m"));
    assert.match(await run("logs", "test-app"), /my-app listens on 3000\nGET \/seed/);
    assert.equal(await run("exec", "test-app", "pwd"), "/my_app");
    await run("stop", "test-app");
    await until("the container is gone", 10_000, async () =>
      (await run("ps", "-aq")) === "" ? true : undefined,
    );
    await assert.rejects(fetch("http://127.0.0.1:3000/"));
    assert.match(await run("rmi", "v2"), /Untagged: v2:latest/);
  });
}
