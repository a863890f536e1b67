import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCompose } from "../../../runtime/model/compose/parse.ts";
import { applyEdits } from "../../../runtime/model/text/edits.ts";
import { formatCompose } from "./format.ts";
import { occurrencesInCompose } from "./occurrences.ts";
import { linksInCompose } from "./structure.ts";

const rootOf = (text: string) => parseCompose(text, "/project/compose.yaml").root;

/** The text with every occurrence of what stands at `|` in brackets; `!` marks declarations. */
function occurrences(source: string): string {
  const offset = source.indexOf("|");
  const text = source.slice(0, offset) + source.slice(offset + 1);
  let marked = text;
  for (const { range, isDeclaration } of occurrencesInCompose(
    { path: "/project/compose.yaml", text, root: rootOf(text) },
    [],
    () => true,
    offset,
  )?.places.toReversed() ?? []) {
    const name = text.slice(range.start, range.end);
    marked = `${marked.slice(0, range.start)}[${name}${isDeclaration ? "!" : ""}]${marked.slice(range.end)}`;
  }
  return marked;
}

test("a service wherever it is named", () => {
  assert.equal(
    occurrences(
      'services:\n  d|b:\n    image: db\n  a:\n    depends_on: [db]\n    links: ["db:alias"]\n    network_mode: service:db\n  b:\n    depends_on:\n      db:\n        condition: service_started\n    extends: {service: db}\nvolumes:\n  db:\n',
    ),
    'services:\n  [db!]:\n    image: db\n  a:\n    depends_on: [[db]]\n    links: ["[db]:alias"]\n    network_mode: service:[db]\n  b:\n    depends_on:\n      [db]:\n        condition: service_started\n    extends: {service: [db]}\nvolumes:\n  db:\n',
  );
});

test("a volume in short and long form; a path of the same name is none", () => {
  assert.equal(
    occurrences(
      "services:\n  a:\n    volumes:\n      - da|ta:/data\n      - ./data:/x\n      - type: volume\n        source: data\n        target: /d\nvolumes:\n  data:\n",
    ),
    "services:\n  a:\n    volumes:\n      - [data]:/data\n      - ./data:/x\n      - type: volume\n        source: [data]\n        target: /d\nvolumes:\n  [data!]:\n",
  );
});

test("an anchor and its aliases", () => {
  assert.equal(
    occurrences("x-a: &ba|se {a: b}\nservices:\n  a: *base\n  b:\n    <<: *base\n"),
    "x-a: &[base!] {a: b}\nservices:\n  a: *[base]\n  b:\n    <<: *[base]\n",
  );
});

test("links to images, builds and files", () => {
  const text =
    "include: [other.yaml]\nservices:\n  a:\n    image: ghcr.io/o/r:1\n    build: ./app\n    env_file: [a.env]\n  b:\n    image: nginx\n    build: {context: app, dockerfile: dev.Dockerfile}\nsecrets:\n  s: {file: s.txt}\n";
  const found = linksInCompose(rootOf(text), "/project").map(
    ({ range, target }) =>
      `${text.slice(range.start, range.end)} → ${target.kind === "page" ? target.url : target.path}`,
  );
  assert.deepEqual(found, [
    "other.yaml → /project/other.yaml",
    "ghcr.io/o/r:1 → https://github.com/o/r/pkgs/container/r",
    "./app → /project/app/Dockerfile",
    "a.env → /project/a.env",
    "nginx → https://hub.docker.com/_/nginx",
    "app → /project/app/dev.Dockerfile",
    "dev.Dockerfile → /project/app/dev.Dockerfile",
    "s.txt → /project/s.txt",
  ]);
});

test("formatting keeps comments and texts over several lines", () => {
  const text = "services:  \n  a: # why \n    image: b   \n    command: |\n      one  \n      two\n\n\n";
  const edits = formatCompose(text, rootOf(text)!, { start: 0, end: text.length });
  assert.equal(
    applyEdits(text, edits),
    "services:\n  a: # why\n    image: b\n    command: |\n      one  \n      two\n",
  );
  // Here the empty lines are part of the text.
  const kept = "a: |+\n  b\n\n\n";
  assert.deepEqual(formatCompose(kept, rootOf(kept)!, { start: 0, end: kept.length }), []);
});
