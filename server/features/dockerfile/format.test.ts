import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDockerfile } from "../../../runtime/model/dockerfile/parse.ts";
import { applyEdits } from "../../../runtime/model/text/edits.ts";
import { formatDockerfile } from "./format.ts";

function format(text: string): string {
  const edits = formatDockerfile(parseDockerfile(text).tree, { start: 0, end: text.length }, "    ");
  return applyEdits(text, edits);
}

test("instructions stand at the margin, continued lines are indented, line ends have no blanks", () => {
  assert.equal(
    format("  FROM a  \nRUN a && \\\nb \\\n      --deep\n\n  # note\nCMD x\n\n\n"),
    "FROM a\nRUN a && \\\n    b \\\n      --deep\n\n# note\nCMD x\n",
  );
});

test("heredoc bodies stay as they are", () => {
  const text = "FROM a\nRUN <<EOF\n  echo  \n\tx\nEOF\n";
  assert.equal(format(text), text);
  assert.equal(format("FROM a\nCOPY <<EOF /x\nb  \nEOF"), "FROM a\nCOPY <<EOF /x\nb  \nEOF\n");
});

test("what is formatted stays so, and means the same", () => {
  const text = " FROM a\nRUN a \\\nb\n LABEL a=b\\\n c=d";
  const once = format(text);
  assert.equal(format(once), once);
  const names = (source: string): string[] =>
    parseDockerfile(source).tree.instructions.map(
      ({ name, argumentText }) => `${name} ${argumentText.trim()}`,
    );
  assert.deepEqual(names(once).map(squeeze), names(text).map(squeeze));
});

function squeeze(text: string): string {
  return text.replace(/\s+/g, " ");
}
