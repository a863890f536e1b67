import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type {
  DocumentHighlight,
  DocumentLink,
  FoldingRange,
  InlayHint,
  Location,
  Range,
  SelectionRange,
  SemanticTokens,
  TextEdit,
  WorkspaceEdit,
} from "vscode-languageserver/node";
import { TestClient } from "./client.testing.ts";

const DOCKERFILE = "file:///project/Dockerfile";
const COMPOSE = "file:///project/compose.yaml";

function startServer(): Promise<TestClient> {
  const program = process.env.BERTH_SERVER ?? fileURLToPath(new URL("../main.ts", import.meta.url));
  return TestClient.start(
    spawn(process.execPath, [program, "--stdio"], {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, BERTH_TEST_TAG: "1.2" },
    }),
  );
}

const TEXTS = {
  [DOCKERFILE]: "FROM node:20 AS build\nRUN a && \\\nb\nFROM build\nCOPY --from=build /a /b\n",
  [COMPOSE]:
    "services:\n  web:\n    image: nginx:${BERTH_TEST_TAG}\n    depends_on: [db]   \n  db:\n    image: mysql:8\n",
} as const;

for (const [uri, language, name, count] of [
  [DOCKERFILE, "dockerfile", "build", 3],
  [COMPOSE, "dockercompose", "db", 2],
] as const) {
  test(`${language}: references, highlight, rename`, async () => {
    await using client = await startServer();
    await client.open(uri, language, TEXTS[uri]);
    const at = TEXTS[uri].indexOf(name);
    const context = { includeDeclaration: true };
    const places = await client.request<Location[]>("textDocument/references", uri, at, { context });
    assert.equal(places.length, count);
    const marks = await client.request<DocumentHighlight[]>("textDocument/documentHighlight", uri, at);
    assert.deepEqual(new Set(marks.map(({ kind }) => kind)), new Set([2, 3]));
    const prepared = await client.request<{ placeholder: string }>("textDocument/prepareRename", uri, at);
    assert.equal(prepared.placeholder, name);
    const edit = await client.request<WorkspaceEdit>("textDocument/rename", uri, at, { newName: "other" });
    assert.equal(edit.changes?.[uri]?.length, count);
    await assert.rejects(
      client.request("textDocument/rename", uri, at, { newName: "not a name" }),
      /"not a name" cannot be a name here/,
    );
  });

  test(`${language}: folds, selections, links, formatting`, async () => {
    await using client = await startServer();
    await client.open(uri, language, TEXTS[uri]);
    const folds = await client.request<FoldingRange[]>("textDocument/foldingRange", uri);
    assert.ok(folds.length >= 2 && folds[0]?.startLine === 0);
    const positions = [{ line: 2, character: 0 }];
    const [selection] = await client.request<SelectionRange[]>("textDocument/selectionRange", uri, 0, {
      positions,
    });
    assert.ok(selection?.parent !== undefined);
    const links = await client.request<DocumentLink[]>("textDocument/documentLink", uri);
    assert.ok(links.some(({ target }) => target?.startsWith("https://hub.docker.com/_/")));
    const options = { tabSize: 4, insertSpaces: true };
    const edits = await client.request<TextEdit[]>("textDocument/formatting", uri, 0, { options });
    assert.equal(edits.length, 1);
    const range: Range = { start: { line: 0, character: 0 }, end: { line: 0, character: 4 } };
    assert.deepEqual(await client.request("textDocument/rangeFormatting", uri, 0, { options, range }), []);
    const line = (edits[0]?.range.start.line ?? 0) + 1;
    const typed = await client.request<TextEdit[]>("textDocument/onTypeFormatting", uri, 0, {
      options,
      ch: "\n",
      position: { line, character: 0 },
    });
    assert.deepEqual(typed, edits);
  });
}

test("Dockerfile: semantic tokens are in order", async () => {
  await using client = await startServer();
  await client.open(DOCKERFILE, "dockerfile", "FROM node:20\nRUN curl $URL\n");
  const { data } = await client.request<SemanticTokens>("textDocument/semanticTokens/full", DOCKERFILE);
  assert.deepEqual(data, [0, 0, 4, 0, 0, 0, 5, 7, 4, 0, 1, 0, 3, 0, 0, 0, 4, 4, 3, 0, 0, 5, 4, 2, 0]);
});

test("Compose: effective values as hints, on hover and in completion", async () => {
  await using client = await startServer();
  const text = TEXTS[COMPOSE];
  await client.open(COMPOSE, "dockercompose", text);
  const range: Range = { start: { line: 0, character: 0 }, end: { line: 9, character: 0 } };
  const hints = await client.request<InlayHint[]>("textDocument/inlayHint", COMPOSE, 0, { range });
  assert.deepEqual(
    hints.map(({ label }) => label),
    ["= nginx:1.2"],
  );
  const at = text.indexOf("BERTH_TEST");
  assert.match(JSON.stringify(await client.hover(COMPOSE, at)), /Effective value: `nginx:1.2`/);
  const offered = await client.complete(COMPOSE, at + 5);
  assert.ok(offered.some(({ label }) => label === "BERTH_TEST_TAG"));
});
