import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { PIECES, randomEdit, randomNumbers } from "../text/random-edits.testing.ts";
import { parseDockerfile } from "./parse.ts";
import { reparseDockerfile } from "./reparse.ts";

/** Edits in a row per file; `BERTH_FUZZ_EDITS` sets how many. */
const EDITS = Number(process.env.BERTH_FUZZ_EDITS ?? 3000);

const FILES = ["from", "file", "stage", "copy", "run", "syntax"].map((group) =>
  readFileSync(new URL(`../lint/rules/${group}/cases.txt`, import.meta.url), "utf8").slice(0, 3000),
);

test("what is read again around an edit is what the whole file would give", () => {
  const random = randomNumbers(3);
  for (const file of FILES) {
    let parse = parseDockerfile(file);
    for (let edit = 0; edit < EDITS / FILES.length; edit++) {
      const text = edit % 60 === 59 ? file : randomEdit(parse.tree.text, random, PIECES);
      const before = parse.tree.text;
      parse = reparseDockerfile(parse, text);
      assert.deepEqual(parse, parseDockerfile(text), JSON.stringify([before, text]));
    }
  }
});

test("instructions before the edit stay the very same objects", () => {
  const text = `FROM a\n${"RUN x\n".repeat(20)}`;
  const parse = parseDockerfile(text);
  const next = reparseDockerfile(parse, text.replace(/x\n$/, "yy\n"));
  assert.equal(next.tree.instructions[15], parse.tree.instructions[15]);
  assert.notEqual(next.tree.instructions[20], parse.tree.instructions[20]);
});
