import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import type {
  CodeLens,
  DocumentSymbol,
  InlayHint,
  Location,
  WorkspaceEdit,
} from "vscode-languageserver/node";
import { TestClient } from "./client.testing.ts";

const FILES = {
  "compose.yaml": `include: [more/cache.yaml]
services:
  web:
    extends: {file: base.yaml, service: app}
    depends_on: [cache, db]
    environment:
      MODE: \${MODE}
  db:
    image: postgres:16
  worker:
    build:
      context: .
      target: run
    |
volumes:
  data:
`,
  "compose.override.yaml": "services:\n  db:\n    ports: ['15432:5432']\n    environment: [LOCAL=1]\n",
  "more/cache.yaml": "services:\n  cache:\n    image: redis:7\n",
  "base.yaml": "services:\n  app:\n    image: app:1\n    restart: always\n  db:\n    image: other:1\n",
  ".env": "MODE=fast\n",
  Dockerfile: "FROM node:22 AS make\nFROM node:22 AS run\nEXPOSE 3000\n",
} as const;

async function project(): Promise<{ readonly folder: string; readonly uri: (name: string) => string }> {
  const folder = await mkdtemp(join(tmpdir(), "berth-compose-"));
  after(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries(FILES)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text.replace("    |\n", ""));
  }
  return { folder, uri: (name) => pathToFileURL(join(folder, name)).href };
}

function startServer(settings?: object): Promise<TestClient> {
  const program = process.env.BERTH_SERVER ?? fileURLToPath(new URL("../main.ts", import.meta.url));
  const server = spawn(process.execPath, [program, "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
  return TestClient.start(server, settings);
}

const MAIN = FILES["compose.yaml"].replace("    |\n", "");

test("a whole project is understood: nothing is wrong with it", async () => {
  const { uri } = await project();
  await using client = await startServer();
  assert.deepEqual(await client.open(uri("compose.yaml"), "dockercompose", MAIN), []);
  const override = await client.open(
    uri("compose.override.yaml"),
    "dockercompose",
    FILES["compose.override.yaml"],
  );
  assert.deepEqual(override, []);
});

test("names are found and renamed in all files of the project, and only there", async () => {
  const { uri } = await project();
  await using client = await startServer();
  await client.open(uri("compose.yaml"), "dockercompose", MAIN);
  const at = (piece: string): number => MAIN.indexOf(piece) + 1;
  const definition = (piece: string) =>
    client.request<Location[]>("textDocument/definition", uri("compose.yaml"), at(piece));
  assert.deepEqual(
    (await definition("cache, db")).map((place) => place.uri),
    [uri("more/cache.yaml")],
  );
  assert.deepEqual(
    (await definition("app}")).map((place) => place.uri),
    [uri("base.yaml")],
  );
  const renamed = await client.request<WorkspaceEdit>("textDocument/rename", uri("compose.yaml"), at("db]"), {
    newName: "store",
  });
  assert.deepEqual(
    Object.fromEntries(Object.entries(renamed.changes ?? {}).map(([file, edits]) => [file, edits.length])),
    { [uri("compose.yaml")]: 2, [uri("compose.override.yaml")]: 1 },
  );
});

test("hover tells the effective value and where it comes from; hints tell what is inherited", async () => {
  const { uri } = await project();
  await using client = await startServer();
  await client.open(uri("compose.yaml"), "dockercompose", MAIN);
  const hover = async (piece: string): Promise<string> =>
    JSON.stringify(await client.hover(uri("compose.yaml"), MAIN.indexOf(piece) + 1));
  assert.match(await hover("db:\n"), /LOCAL: 1 {2}# compose\.override\.yaml/);
  assert.match(await hover("web:"), /restart: always {2}# base\.yaml/);
  assert.match(await hover("${MODE}"), /Effective value: `fast`/);
  const range = { start: { line: 0, character: 0 }, end: { line: 99, character: 0 } };
  const hints = await client.request<InlayHint[]>("textDocument/inlayHint", uri("compose.yaml"), 0, {
    range,
  });
  assert.deepEqual(hints.map(({ label }) => label).sort(), [
    "+ image, restart",
    "+ ports, environment",
    "= fast",
  ]);
});

test("completion of names, stages, paths, images, ports and keys in a text that is no YAML yet", async () => {
  const { uri } = await project();
  await using client = await startServer();
  await client.open(uri("compose.yaml"), "dockercompose", MAIN);
  const replace = (text: string) =>
    client.replace(uri("compose.yaml"), 0, client.text(uri("compose.yaml")).length, text);
  const offered = async (written: string): Promise<readonly string[]> => {
    const text = FILES["compose.yaml"].replace("    |\n", `    ${written}\n`);
    await replace(text);
    const found = await client.complete(uri("compose.yaml"), text.lastIndexOf(written) + written.length);
    return found.map(({ label }) => label);
  };
  const includes = async (written: string, ...expected: readonly string[]): Promise<void> => {
    const labels = await offered(written);
    for (const one of expected) assert.ok(labels.includes(one), `${written} offers ${labels.slice(0, 20)}`);
  };
  await includes("depends_on: [c", "cache", "web", "db");
  await includes("depends_on:\n      - ", "cache", "web", "db");
  await includes("env_file: ./", "base.yaml", ".env");
  await includes("volumes:\n      - ./", "more/", "base.yaml");
  await includes("volumes:\n      - d", "data");
  await includes("image: po", "postgres:16", "postgres:17");
  await includes("ports:\n      - ", "3000:3000");
  await includes("hostname: ${MO", "MODE");
  await includes("hea", "healthcheck");
  const text = MAIN.replace("target: run", "target: ");
  await replace(text);
  const stages = await client.complete(uri("compose.yaml"), text.indexOf("target: ") + 8);
  assert.deepEqual(
    stages.filter(({ detail }) => detail === "stage").map(({ label }) => label),
    ["make", "run"],
  );
});

test("symbols and lenses", async () => {
  const { uri } = await project();
  await using client = await startServer();
  await client.open(uri("compose.yaml"), "dockercompose", MAIN);
  const symbols = await client.request<DocumentSymbol[]>("textDocument/documentSymbol", uri("compose.yaml"));
  assert.deepEqual(
    symbols.find(({ name }) => name === "services")?.children?.map(({ name }) => name),
    ["web", "db", "worker"],
  );
  const lenses = await client.request<CodeLens[]>("textDocument/codeLens", uri("compose.yaml"));
  const titles = lenses.map(({ range, command }) => `${range.start.line} ${command?.title}`);
  assert.deepEqual(titles.slice(0, 5), ["1 Up all", "1 Logs all", "1 Restart all", "1 Down all", "2 Up"]);
  assert.deepEqual(lenses[4]?.command?.arguments, [uri("compose.yaml"), "web"]);
});

test("an edit in one open file changes the findings in another", async () => {
  const { uri } = await project();
  await using client = await startServer();
  await client.open(uri("compose.yaml"), "dockercompose", MAIN);
  const cache = FILES["more/cache.yaml"];
  await client.open(uri("more/cache.yaml"), "dockercompose", cache);
  const at = cache.indexOf("cache:");
  await client.type(uri("more/cache.yaml"), at, at + 5, "cash");
  const codes = await client.until(uri("compose.yaml"), (found) => found.length > 0);
  assert.deepEqual(
    codes.map(({ code }) => code),
    ["undefined-service"],
  );
});

test("a port that a program of this machine has is told", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => server.close());
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  const { uri } = await project();
  await using client = await startServer();
  const text = `services:\n  a:\n    image: x:1\n    ports: ["${address.port}:80"]\n`;
  await client.open(uri("compose.port.yaml"), "dockercompose", text);
  const found = await client.until(uri("compose.port.yaml"), (all) => all.length > 0);
  assert.match(JSON.stringify(found[0]?.message), /is in use on this machine: .*process \d+/);
});

test("what another extension gives is left to it", async () => {
  const { uri } = await project();
  await using client = await startServer({ extensions: ["redhat.vscode-yaml"] });
  const text = `${MAIN}`.replace("image: postgres:16", "imagge: postgres:16\n    h");
  const found = await client.open(uri("compose.yaml"), "dockercompose", text);
  assert.ok(found.every(({ code }) => code !== "yaml-syntax" && code !== "unknown-key"));
  const labels = await client.complete(uri("compose.yaml"), text.indexOf("    h\n") + 5);
  assert.deepEqual(labels, []);
  assert.deepEqual(await client.request("textDocument/documentSymbol", uri("compose.yaml")), []);
});
