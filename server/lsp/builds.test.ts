import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import type { InlayHint } from "vscode-languageserver/node";
import { builtNotification } from "../../runtime/model/dockerfile/built.ts";
import { TestClient } from "./client.testing.ts";

const uri = "file:///work/Dockerfile";
const text = `FROM debian:12
WORKDIR /app
COPY package.json ./
RUN npm ci \\
    --omit=dev
`;
const whole = { range: { start: { line: 0, character: 0 }, end: { line: 99, character: 0 } } };

test("after a build each instruction shows what it cost, and a failed one is marked until it is changed", async () => {
  await using client = await TestClient.start(
    spawn(process.execPath, [join(import.meta.dirname, "../main.ts"), "--stdio"]),
  );
  await client.open(uri, "dockerfile", text);
  await client.notify(builtNotification, {
    uri,
    instructions: [
      { line: 1, seconds: 0.1, sizeBytes: 0, isCached: true },
      { line: 2, seconds: 0.01, sizeBytes: 0, isCached: false },
      { line: 3, seconds: 0.25, sizeBytes: 1_234, isCached: false },
      { line: 4, seconds: 75, sizeBytes: 0, isCached: false, error: "exit code 1\nnpm: not found" },
    ],
  });
  const isFailed = ({ code }: { readonly code?: unknown }) => code === "build-failed";
  const [failed] = (await client.until(uri, (found) => found.some(isFailed))).filter(isFailed);
  assert.match(String(failed?.message), /The last build failed here: exit code 1\nnpm: not found/);
  assert.deepEqual(failed?.range, { start: { line: 3, character: 0 }, end: { line: 3, character: 12 } });
  const labels = async () =>
    (await client.request<InlayHint[]>("textDocument/inlayHint", uri, 0, whole)).map(
      ({ position, label }) => `${position.line}: ${String(label)}`,
    );
  assert.deepEqual(await labels(), ["0: cached", "2: 0.3 s · 1.23 kB", "3: failed after 1 min 15 s"]);

  // Lines above move it along; a change of the instruction itself makes it one that was not built.
  await client.replace(uri, 0, 0, "# A comment\n");
  assert.deepEqual(await labels(), ["1: cached", "3: 0.3 s · 1.23 kB", "4: failed after 1 min 15 s"]);
  const at = `# A comment\n${text}`.indexOf("npm ci");
  await client.replace(uri, at, at + 6, "true");
  await client.until(uri, (found) => !found.some(isFailed));
  assert.deepEqual(await labels(), ["1: cached", "3: 0.3 s · 1.23 kB"]);
});
