import assert from "node:assert/strict";
import { test } from "node:test";
import { applyEdits } from "./edits.ts";
import { columnAt, lineAt, lineIndex, offsetAt } from "./line-index.ts";

test("offset to line and back, with every kind of line end", () => {
  const text = "a\r\nbc\rd\n\né";
  const index = lineIndex(text);
  for (let offset = 0; offset <= text.length; offset++) {
    assert.equal(offsetAt(index, lineAt(index, offset), columnAt(index, offset)), offset);
  }
  assert.deepEqual(index.starts, [0, 3, 6, 8, 9]);
  assert.equal(offsetAt(index, 99, 0), text.length);
  assert.equal(offsetAt(index, 0, 99), 2);
});

test("edits refer to the text before all of them", () => {
  const edit = (start: number, end: number, text: string) => ({ range: { start, end }, text });
  assert.equal(applyEdits("hello", [edit(5, 5, "!"), edit(0, 1, "J"), edit(5, 5, "?")]), "Jello!?");
  assert.equal(applyEdits("abcd", [edit(0, 3, "x"), edit(2, 4, "y")]), "xd");
});
