import assert from "node:assert/strict";
import { test } from "node:test";
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
