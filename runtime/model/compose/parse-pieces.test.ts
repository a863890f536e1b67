import assert from "node:assert/strict";
import { test } from "node:test";
import { type ComposeParse, parseCompose } from "./parse.ts";
import { PieceReader } from "./parse-pieces.ts";
import { child, textOf } from "./tree.ts";

const FILE = "/project/compose.yaml";

const ANCHORS = `x-base: &base
  restart: always
  labels: &labels
    a: b
services:
  web:
    <<: *base
    image: nginx:1
    labels:
      <<: *labels
      c: d
  db: &db
    image: mysql:8
    command: [&word one, *word]
  other:
    <<: [*db, *base]
volumes: {data: }
`;

const TEXT = `# A project
name: shop
services:
  # the front
  web:
    image: nginx:1 # why
    command: >
      one
        two

    environment:
      A: "x: y"
      B:
    ports: ["80:80",
      "81:81"]
  db:
    image: 'mysql:8'
    labels: {a: b}

  empty:
  last: !reset null
volumes:
  data:
  # the end

networks:
    back: { driver: bridge }
x-rest:
- a
- |
  text
`;

/** Ranges as plain values, without the blank lines that the library counts to some values or not. */
function plain(parse: ComposeParse, text: string): unknown {
  return JSON.parse(
    JSON.stringify(parse, (key, value) =>
      key === "range"
        ? [value.start, Math.max(value.start, text.slice(0, value.end).trimEnd().length)]
        : value,
    ),
  );
}

test("a file read in pieces is the file read whole", () => {
  const reader = new PieceReader();
  for (const text of [TEXT, ANCHORS, TEXT.replaceAll("\n", "\r\n"), `---\n${TEXT}`])
    assert.deepEqual(plain(reader.read(text, FILE), text), plain(parseCompose(text, FILE), text));
});

test("blocks that did not change stay the same objects, at their new places", () => {
  const reader = new PieceReader();
  const before = child(child(reader.read(ANCHORS, FILE).root, "services"), "db");
  const text = `# one line more\n${ANCHORS.replace("nginx:1", "nginx:27")}`;
  const after = child(child(reader.read(text, FILE).root, "services"), "db");
  assert.equal(after, before);
  const { start, end } = child(after, "image")!.place.range;
  assert.equal(text.slice(start, end), "mysql:8");
});

test("a block whose anchor changed is read again", () => {
  const reader = new PieceReader();
  reader.read(ANCHORS, FILE);
  const text = ANCHORS.replace("always", "no");
  assert.deepEqual(plain(reader.read(text, FILE), text), plain(parseCompose(text, FILE), text));
});

test("a mistake in one block leaves the others readable", () => {
  const text = "services:\n  a:\n    image: x\n    comm\n  b:\n    image: y\nvolumes:\n";
  const { root, problems } = new PieceReader().read(text, FILE);
  assert.equal(textOf(child(child(child(root, "services"), "b"), "image")), "y");
  assert.deepEqual(
    problems.map(({ range }) => text.slice(range.start, range.end)),
    ["comm"],
  );
});

test("after every edit the pieces give what the whole gives, and find a mistake where it does", () => {
  const reader = new PieceReader();
  let seed = 7;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return seed % below;
  };
  const parts = [
    "",
    "\n",
    "  ",
    "a: b\n",
    "  c:\n",
    "    image: x\n",
    "#",
    ":",
    "- ",
    '"',
    "[",
    "&a ",
    "*a",
    "\t",
    "|",
  ];
  for (let round = 0; round < 200; round++) {
    let text = round % 2 === 0 ? TEXT : ANCHORS;
    for (let edit = 0; edit < 8; edit++) {
      const at = random(text.length);
      text = text.slice(0, at) + parts[random(parts.length)] + text.slice(at + random(3));
      const whole = parseCompose(text, FILE);
      const pieces = reader.read(text, FILE);
      const isBroken = ({ problems }: ComposeParse) => problems.some(({ code }) => code === "yaml-syntax");
      assert.equal(isBroken(pieces), isBroken(whole), text);
      if (!isBroken(whole)) assert.deepEqual(plain(pieces, text), plain(whole, text), text);
    }
  }
});
