import assert from "node:assert/strict";
import { test } from "node:test";
import { definitionInCompose } from "./definition.ts";
import { keyPathAt, keysBelow } from "./key-path.ts";

/** The keys above `|`, with a dash when the line is a list's item. */
function path(source: string): string {
  const offset = source.indexOf("|");
  const { keys, isItem } = keyPathAt(source.slice(0, offset) + source.slice(offset + 1), offset);
  return `${keys.join(".")}${isItem ? " -" : ""}`;
}

test("keys above a place, by indentation", () => {
  assert.equal(path("services:\n  web:\n    depends_on:\n      - |"), "services.web.depends_on -");
  assert.equal(path("services:\n  web:\n    depends_on:\n    - |"), "services.web.depends_on -");
  assert.equal(path("services:\n  web:\n    depends_on:\n      d|"), "services.web.depends_on");
  assert.equal(path("services:\n  web:\n    image: x\n  db:\n    |"), "services.db");
  assert.equal(path("services:\n  web:\n    # a: b\n\n    extends: |"), "services.web.extends");
  assert.equal(path("|"), "");
});

/** The key and line that the name at `|` refers to. */
function definition(source: string): string | undefined {
  const offset = source.indexOf("|");
  const text = source.slice(0, offset) + source.slice(offset + 1);
  const range = definitionInCompose(text, offset);
  return range && `${text.slice(range.start, range.end)} ${text.slice(0, range.start).split("\n").length}`;
}

test("definitions of services, volumes and networks", () => {
  const file = (at: string) =>
    `services:\n  web:\n    depends_on: [a]\n${at}\n  db:\n    image: x\nvolumes:\n  data:\nnetworks:\n  back:\n`;
  assert.equal(definition(file("    depends_on:\n      - d|b")), "db 6");
  assert.equal(definition(file("    depends_on:\n      d|b:\n        condition: x")), "db 7");
  assert.equal(definition(file("    volumes:\n      - da|ta:/data")), "data 9");
  assert.equal(definition(file("    volumes:\n      - ./da|ta:/data")), undefined);
  assert.equal(definition(file("    networks:\n      - |back")), "back 11");
  assert.equal(definition(file("    extends:\n      service: db|")), "db 6");
  assert.equal(definition(file("    depends_on: [web, d|b]")), "db 5");
  assert.equal(definition(file("    image: d|b")), undefined);
});

test("names of a section", () => {
  const text = "services:\n  # c\n  a:\n    x: y\n\n  'b':\nvolumes:\n  c:\n";
  assert.deepEqual(
    keysBelow(text, "services").map(({ name, range }) => [name, text.slice(range.start, range.end)]),
    [
      ["a", "a"],
      ["b", "'b'"],
    ],
  );
  assert.deepEqual(keysBelow("services:\n  a:\n", "volumes"), []);
});
