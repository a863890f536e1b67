import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startEngine, type TestEngine } from "./harness/engine.ts";
import { startFixtureRegistry } from "./harness/fixture-registry.ts";
import { freePort } from "./harness/free-port.ts";
import type { TestRegistry } from "./harness/registry.ts";

// `kill -9` of the engine under three running containers: nothing of theirs is lost.

let registry: TestRegistry;
let engine: TestEngine;

before(async () => {
  registry = await startFixtureRegistry(["busybox:latest"]);
  engine = await startEngine({ mirrors: [registry.url] });
  await engine.dockerOk(["pull", "busybox"]);
});

after(async () => {
  await engine?.[Symbol.asyncDispose]();
  await registry?.[Symbol.asyncDispose]();
});

test("a port answers throughout, no line is lost, and an exit code that nobody saw is there", async () => {
  const port = await freePort();
  const serve = "mkdir /www; echo up > /www/index.html; exec httpd -f -p 80 -h /www";
  await engine.dockerOk(["run", "-d", "-p", `${port}:80`, "--name", "web", "busybox", "sh", "-c", serve]);
  const count = "i=0; while [ -e /go ] || [ $i -lt 100 ]; do echo $i; i=$((i+1)); sleep 0.01; done";
  const talk = `touch /go; ${count}`;
  await engine.dockerOk(["run", "-d", "--name", "talk", "busybox", "sh", "-c", talk]);
  await engine.dockerOk(["run", "-d", "--name", "seven", "busybox", "sh", "-c", "sleep 1; exit 7"]);
  await answers(port, AbortSignal.timeout(10_000));

  await using watching = watch(port);
  await engine.kill9();
  const deadline = AbortSignal.timeout(10_000);
  // All three live on: the web server answers, and the one that exits does so while no engine looks.
  while (watching.answered() < 50) await answers(port, deadline);
  await new Promise((resolve) => setTimeout(resolve, 1200));
  await engine.restart();
  assert.equal(await engine.dockerOk(["wait", "seven"]), "7");
  assert.match(await engine.dockerOk(["ps", "-a", "--filter", "name=seven"]), /Exited \(7\)/);
  assert.equal(await engine.dockerOk(["inspect", "-f", "{{.State.Running}}", "web"]), "true");
  assert.deepEqual(watching.failures(), []);

  await engine.dockerOk(["exec", "talk", "rm", "/go"]);
  assert.equal(await engine.dockerOk(["wait", "talk"]), "0");
  const lines = (await engine.dockerOk(["logs", "talk"])).split("\n");
  assert.ok(lines.length >= 100);
  assert.deepEqual(
    lines,
    Array.from(lines, (_, index) => String(index)),
  );

  // A second restart changes nothing.
  await engine.restart();
  assert.equal(await engine.dockerOk(["inspect", "-f", "{{.State.ExitCode}}", "seven"]), "7");
  assert.equal((await answers(port, AbortSignal.timeout(5000))).trim(), "up");

  await engine.dockerOk(["rm", "-f", "web", "talk", "seven"]);
  assert.deepEqual(await engine.leftovers(), []);
});

async function answers(port: number, signal: AbortSignal): Promise<string> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await (await fetch(`http://127.0.0.1:${port}/`, { signal })).text();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

/** Asks for the page again and again until disposed. */
function watch(port: number) {
  const stop = new AbortController();
  const failures: string[] = [];
  let answered = 0;
  const work = (async () => {
    while (!stop.signal.aborted) {
      try {
        await (await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(2000) })).text();
        answered += 1;
      } catch (error) {
        failures.push(String(error));
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  })();
  return {
    answered: () => answered,
    failures: () => failures,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await work;
    },
  };
}
