import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import type { InlayHint } from "vscode-languageserver/node";
import { type EngineFacts, enginesNotification } from "../../runtime/model/engine-facts.ts";
import { TestClient } from "./client.testing.ts";

const dockerfile = "file:///work/Dockerfile";
const compose = "file:///work/compose.yaml";
const digest = `sha256:${"1".repeat(64)}`;
const facts: EngineFacts = {
  images: [
    {
      engine: "Here",
      name: "debian:12",
      digest,
      sizeBytes: 117_000_000,
      createdUnixSeconds: Date.now() / 1000 - 15 * 86_400,
    },
    { engine: "Here", name: "mine:3", sizeBytes: 4_200, createdUnixSeconds: Date.now() / 1000 - 60 },
  ],
  services: [
    { engine: "Here", project: "work", service: "web", state: "running", status: "Up 2 minutes (healthy)" },
    { engine: "Here", project: "work", service: "job", state: "exited", status: "Exited (1) 2 hours ago" },
    { engine: "Here", project: "work", service: "job", state: "running", status: "Up 1 second" },
    { engine: "Here", project: "other", service: "db", state: "running", status: "Up 1 second" },
  ],
};

function startServer(): Promise<TestClient> {
  return TestClient.start(spawn(process.execPath, [join(import.meta.dirname, "../main.ts"), "--stdio"]));
}

test("images that engines have are offered and explained", async () => {
  await using client = await startServer();
  await client.open(dockerfile, "dockerfile", "FROM debian:12\nRUN true\nFROM m");
  await client.open(compose, "yaml", "services:\n  web:\n    image: docker.io/library/debian:12\n");
  await client.notify(enginesNotification, facts);
  const offered = await client.complete(dockerfile, "FROM debian:12\nRUN true\nFROM m".length);
  const found = offered.find(({ label }) => label === "mine:3");
  assert.equal(found?.detail, "4.2 kB in Here");
  const expected = `In **Here**: 117 MB, made 2 weeks ago\n\n\`${digest}\``;
  const shown = async (uri: string, offset: number) => {
    const hover = await client.hover(uri, offset);
    return typeof hover?.contents === "object" && "value" in hover.contents
      ? hover.contents.value
      : undefined;
  };
  assert.equal(await shown(dockerfile, 8), expected);
  // Another spelling of the same name.
  assert.equal(await shown(compose, "services:\n  web:\n    image: doc".length), expected);
});

test("services show what their containers do; without an engine nothing is shown", async () => {
  await using client = await startServer();
  const text =
    "name: work\nservices:\n  web:\n    image: a:1\n  job:\n    image: a:1\n  db:\n    image: a:1\n";
  await client.open(compose, "yaml", text);
  const whole = { range: { start: { line: 0, character: 0 }, end: { line: 99, character: 0 } } };
  const hints = async () =>
    (await client.request<InlayHint[]>("textDocument/inlayHint", compose, 0, whole)).map(
      ({ position, label }) => `${position.line}: ${String(label)}`,
    );
  assert.deepEqual(await hints(), []);
  await client.notify(enginesNotification, facts);
  assert.deepEqual(await hints(), ["2: healthy", "4: 1 exited 1, 1 running"]);
  await client.notify(enginesNotification, { images: [], services: [] });
  assert.deepEqual(await hints(), []);
});
