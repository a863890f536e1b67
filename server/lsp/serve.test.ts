import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Diagnostic, DocumentSymbol, Location } from "vscode-languageserver/node";
import { TestClient } from "./client.testing.ts";

const DOCKERFILE = "file:///project/Dockerfile";
const COMPOSE = "file:///project/compose.yaml";

const SEED_DOCKERFILE = `FROM node:20

WORKDIR /my_app

COPY . /my_app

RUN npm install

EXPOSE 3000

CMD ['npm','start']
`;

/** The mistakes of the notes the project began with: tabs, misspelt keys, lists for mappings, an undeclared volume. */
const SEED_COMPOSE = `version: "3.9"
services:
	web: # name of the service
	    image: nginx:latest
	    ports:
	      - "80:80"
	    depends_on:
	       - db: # first the database
			 condition: service_healthy
	    enviorment:
		    - var_name=value

	db:
	    image: mysql:5.7
	    volumes:
	      - db_data:/var/lib/mysql

	mypyapp:
		build: ./
		depends_on:
			- db:
			  condition: service_healthy
		constainer-name: 'my-py-app'
`;

/** BERTH_SERVER names a bundled server to test instead of the sources. */
function startServer(settings?: object): Promise<TestClient> {
  const program = process.env.BERTH_SERVER ?? fileURLToPath(new URL("../main.ts", import.meta.url));
  const server = spawn(process.execPath, [program, "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
  return TestClient.start(server, settings);
}

function codes(diagnostics: readonly Diagnostic[]): string {
  return diagnostics.map(({ code, range }) => `${range.start.line + 1} ${code}`).join(", ");
}

test("Dockerfile: diagnostics come while typing", async () => {
  await using client = await startServer();
  assert.equal(codes(await client.open(DOCKERFILE, "dockerfile", "FROM node:20\n")), "");
  assert.equal(codes(await client.replace(DOCKERFILE, 9, 12, "")), "1 pin-base-image");
  assert.equal(codes(await client.replace(DOCKERFILE, 9, 9, ":20")), "");
  const end = client.text(DOCKERFILE).length;
  for (const [index, letter] of [..."CMD ['a']"].entries())
    await client.type(DOCKERFILE, end + index, end + index, letter);
  assert.equal(codes(await client.diagnostics(DOCKERFILE)), "2 single-quoted-json");
});

test("Dockerfile: the seed's single quotes are found and fixed", async () => {
  await using client = await startServer();
  const found = await client.open(DOCKERFILE, "dockerfile", SEED_DOCKERFILE);
  assert.equal(codes(found), "11 single-quoted-json");
  const at = SEED_DOCKERFILE.indexOf("['npm");
  const actions = await client.codeActions(DOCKERFILE, at + 2, at + 2);
  assert.deepEqual(
    actions.map(({ title }) => title),
    ["Use double quotes", "Ignore single-quoted-json for this instruction", "Fix all safe problems"],
  );
  assert.equal(codes(await client.apply(DOCKERFILE, actions[0]!)), "");
  assert.match(client.text(DOCKERFILE), /^CMD \["npm", "start"\]$/m);
});

test("Dockerfile: an ignore comment silences a rule", async () => {
  await using client = await startServer();
  await client.open(DOCKERFILE, "dockerfile", "FROM node\n");
  const actions = await client.codeActions(DOCKERFILE, 6, 6);
  const ignore = actions.find(({ title }) => title.startsWith("Ignore DL3006"));
  assert.ok(ignore);
  assert.equal(codes(await client.apply(DOCKERFILE, ignore)), "");
  assert.equal(client.text(DOCKERFILE), "# hadolint ignore=DL3006\nFROM node\n");
});

test("Dockerfile: completion of instructions, flags, stages and variables", async () => {
  await using client = await startServer();
  const text =
    "ARG V=1\nFROM node:20 AS build\nFROM node:20\nCOPY --from= /a /b\nENV A=$\nWO\nCOPY --\nFROM \n";
  await client.open(DOCKERFILE, "dockerfile", text);
  const labels = async (marker: string): Promise<string[]> =>
    (await client.complete(DOCKERFILE, text.indexOf(marker) + marker.length)).map(({ label }) => label);
  assert.ok((await labels("\nWO")).includes("WORKDIR"));
  assert.deepEqual(await labels("--from="), ["build"]);
  assert.ok((await labels("COPY --")).includes("--chown"));
  assert.ok((await labels("ENV A=$")).includes("TARGETPLATFORM"));
  const images = await labels("COPY --\nFROM ");
  assert.ok(images.includes("build") && images.includes("scratch") && images.includes("node"));
});

test("Dockerfile: hover, symbols, definition", async () => {
  await using client = await startServer();
  const text = "FROM node:20 AS build\nENV A=1\nRUN echo $A\nFROM node:20\nCOPY --from=build /a /b\n";
  await client.open(DOCKERFILE, "dockerfile", text);
  const hoverAt = async (piece: string): Promise<string> => {
    const hover = await client.hover(DOCKERFILE, text.indexOf(piece) + 1);
    return hover !== null && "value" in (hover.contents as object)
      ? (hover.contents as { value: string }).value
      : "";
  };
  assert.match(await hoverAt("RUN"), /Runs a command in a new layer/);
  assert.match(await hoverAt("$A"), /\*\*A\*\* \(ENV\): `1`/);
  assert.match(await hoverAt("build /a"), /FROM node:20 AS build/);
  const symbols = await client.request<DocumentSymbol[]>("textDocument/documentSymbol", DOCKERFILE);
  assert.deepEqual(
    symbols.map(({ name, children }) => [name, children?.length]),
    [
      ["build", 2],
      ["node:20", 1],
    ],
  );
  const at = text.indexOf("build /a") + 1;
  const place = await client.request<Location>("textDocument/definition", DOCKERFILE, at);
  assert.deepEqual(place.range.start, { line: 0, character: 16 });
});

test("Dockerfile: what the ignore file leaves out is not copied", async () => {
  const folder = await mkdtemp(join(tmpdir(), "berth-lsp-"));
  try {
    await writeFile(join(folder, ".dockerignore"), "secret.txt\n");
    await using client = await startServer();
    const uri = pathToFileURL(join(folder, "Dockerfile")).href;
    assert.equal(
      codes(await client.open(uri, "dockerfile", "FROM node:20\nCOPY secret.txt /x\n")),
      "2 copy-ignored-file",
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("Dockerfile: settings change the level of a rule", async () => {
  await using client = await startServer({
    lint: { levels: { DL3006: "off", "no-latest-base-image": "error" } },
  });
  const found = await client.open(DOCKERFILE, "dockerfile", "FROM node\nFROM node:latest\n");
  assert.deepEqual(
    found.map(({ code, severity }) => [code, severity]),
    [["no-latest-base-image", 1]],
  );
});

test("Compose: the model's and the schema's findings, each once", async () => {
  await using client = await startServer();
  const text =
    "services:\n  web:\n    image: nginx:1\n    enviorment:\n      A: 1\n    healthcheck:\n      testt: a\n    depends_on: [db]\n";
  assert.equal(
    codes(await client.open(COMPOSE, "dockercompose", text)),
    "4 unknown-key, 7 unknown-key, 8 undefined-service",
  );
  const at = text.indexOf("enviorment");
  const [fix] = await client.codeActions(COMPOSE, at, at);
  assert.equal(fix?.title, 'Change to "environment"');
  assert.equal(codes(await client.apply(COMPOSE, fix)), "7 unknown-key, 8 undefined-service");
});

test("Compose: all mistakes of the seed are mended at once", async () => {
  const folder = await mkdtemp(join(tmpdir(), "berth-seed-"));
  after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "Dockerfile"), SEED_DOCKERFILE);
  const uri = pathToFileURL(join(folder, "docker-compose.yml")).href;
  await using client = await startServer();
  const found = await client.open(uri, "yaml", SEED_COMPOSE);
  assert.ok(found.every(({ code }) => code === "yaml-syntax") && found.length > 10);
  const all = await client.codeActions(uri, 0, 0, ["source.fixAll"]);
  assert.deepEqual(
    all.map(({ kind }) => kind),
    ["source.fixAll.berth"],
  );
  const left = await client.apply(uri, all[0]!);
  assert.deepEqual([...new Set(left.map(({ code }) => code))], ["pin-image", "no-healthcheck"]);
  assert.equal(
    client.text(uri),
    `services:
    web: # name of the service
        image: nginx:latest
        ports:
          - "80:80"
        depends_on:
           db: # first the database
             condition: service_healthy
        environment:
            - var_name=value

    db:
        image: mysql:5.7
        volumes:
          - db_data:/var/lib/mysql

    mypyapp:
        build: ./
        depends_on:
            db:
              condition: service_healthy
        container_name: 'my-py-app'

volumes:
  db_data:
`,
  );
});

test("Compose: completion of keys and names, hover", async () => {
  await using client = await startServer();
  const text =
    "services:\n  web:\n    image: nginx:1\n    depends_on:\n      - \n  db:\n    image: x:1\n    \n";
  await client.open(COMPOSE, "dockercompose", text);
  const names = await client.complete(COMPOSE, text.indexOf("- \n") + 2);
  assert.ok(names.some(({ label, detail }) => label === "db" && detail === "service"));
  const keys = await client.complete(COMPOSE, text.length - 1);
  assert.ok(
    keys.some(({ label }) => label === "environment") && keys.some(({ label }) => label === "healthcheck"),
  );
  const hover = await client.hover(COMPOSE, text.indexOf("image:") + 1);
  assert.match(JSON.stringify(hover?.contents), /The image containers are made from/);
});

test("broken input is answered, never with a crash", async () => {
  await using client = await startServer();
  const pieces = [
    "",
    "\0",
    "FROM",
    "FROM \\",
    "RUN <<EOF\n",
    'COPY --from= ["',
    "${",
    "\uD800",
    "services: &a\n  b: *a\n",
    "a: [",
    "\t-\n\t\t:",
  ];
  for (const [index, piece] of pieces.entries()) {
    for (const language of ["dockerfile", "dockercompose"]) {
      const uri = `file:///project/broken-${index}.${language}`;
      await client.open(uri, language, piece);
      await client.complete(uri, piece.length);
      await client.hover(uri, 0);
      await client.codeActions(uri, 0, piece.length);
      await client.request("textDocument/documentSymbol", uri);
    }
  }
  assert.equal(codes(await client.open(DOCKERFILE, "dockerfile", "FROM node\n")), "1 pin-base-image");
});
