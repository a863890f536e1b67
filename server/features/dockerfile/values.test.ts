import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDockerfile } from "../../../runtime/model/dockerfile/parse.ts";
import { expandedValues } from "./values.ts";

test("words with variables come with their value, unless one is not known", () => {
  const text = "ARG V=20\nFROM node:$V\nENV D=/app\nARG X\nWORKDIR $D/${X}\nCOPY a ${D}/b\nEXPOSE ${P:-80}\n";
  const values = expandedValues(parseDockerfile(text).tree, { start: 0, end: text.length });
  assert.deepEqual(
    values.map(({ range, value }) => `${text.slice(range.start, range.end)} = ${value}`),
    ["node:$V = node:20", "${D}/b = /app/b"],
  );
});
