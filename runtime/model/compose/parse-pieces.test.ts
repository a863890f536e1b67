import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCompose } from "./parse.ts";
import { PieceReader } from "./parse-pieces.ts";

const FILE = "/project/compose.yaml";

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

test("a file read in pieces is the file read whole", () => {
  const reader = new PieceReader();
  assert.deepEqual(reader.read(TEXT, FILE), parseCompose(TEXT, FILE));
});

test("after every edit the pieces give what the whole gives", () => {
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
  for (let round = 0; round < 60; round++) {
    let text = TEXT;
    for (let edit = 0; edit < 8; edit++) {
      const at = random(text.length);
      text = text.slice(0, at) + parts[random(parts.length)] + text.slice(at + random(3));
      assert.deepEqual(reader.read(text, FILE), parseCompose(text, FILE), text);
    }
  }
});
