import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDockerfile } from "../../../runtime/model/dockerfile/parse.ts";
import { applyEdits } from "../../../runtime/model/text/edits.ts";
import { completeDockerfile } from "./completion.ts";

/** The labels offered at `|`, or those among `of`. */
function labels(source: string, of?: readonly string[]): string[] {
  const offset = source.indexOf("|");
  const text = source.slice(0, offset) + source.slice(offset + 1);
  const found = completeDockerfile(parseDockerfile(text).tree, offset).map(({ label }) => label);
  return of === undefined ? found : found.filter((label) => of.includes(label));
}

/** The text after the completion `label` at `|` is accepted. */
function accept(source: string, label: string): string {
  const offset = source.indexOf("|");
  const text = source.slice(0, offset) + source.slice(offset + 1);
  const found = completeDockerfile(parseDockerfile(text).tree, offset).find((one) => one.label === label);
  assert.ok(found, `${label} is not offered`);
  return applyEdits(text, [{ range: found.range, text: found.insert }]);
}

test("instructions where one can begin, in the file's case", () => {
  assert.equal(accept("FROM a\nWO|", "WORKDIR"), "FROM a\nWORKDIR ${1:/app}");
  assert.equal(accept("from a\nwo|", "workdir"), "from a\nworkdir ${1:/app}");
  assert.deepEqual(labels("|", ["FROM", "RUN"]), ["FROM", "RUN"]);
  assert.deepEqual(labels("RUN <<EOF\nF|\nEOF\n"), []);
});

test("no instructions within a continued one", () => {
  assert.deepEqual(labels("FROM a\nRUN a \\\n  |"), []);
  assert.deepEqual(labels("FROM a\nRUN a \\\n  # note\n  |"), []);
  assert.deepEqual(labels("FROM a\nRUN a\n|", ["RUN"]), ["RUN"]);
});

test("flags and their values", () => {
  assert.equal(accept("FROM a\nCOPY --fr|", "--from"), "FROM a\nCOPY --from=");
  assert.equal(accept("FROM a AS b\nFROM c\nCOPY --from=|", "b"), "FROM a AS b\nFROM c\nCOPY --from=b");
  assert.equal(
    accept("FROM a AS b\nFROM c\nRUN --mount=type=bind,from=|", "b"),
    "FROM a AS b\nFROM c\nRUN --mount=type=bind,from=b",
  );
  assert.deepEqual(labels("FROM a\nRUN --network=|"), ["default", "none", "host"]);
});

test("stages, images and AS in FROM", () => {
  assert.deepEqual(labels("FROM a AS b\nFROM |", ["b", "scratch", "node", "AS"]), ["b", "scratch", "node"]);
  assert.deepEqual(labels("FROM a |"), ["AS"]);
  assert.deepEqual(labels("FROM a AS |"), []);
});

test("variables: of the stage, of those it is built on, and global ones in FROM", () => {
  assert.equal(
    accept("FROM a\nENV HOME_DIR=/x\nWORKDIR $HO|", "HOME_DIR"),
    "FROM a\nENV HOME_DIR=/x\nWORKDIR $HOME_DIR",
  );
  assert.equal(accept("FROM a\nARG A\nWORKDIR ${|}/b", "A"), "FROM a\nARG A\nWORKDIR ${A}/b");
  assert.deepEqual(labels("ARG G\nFROM a$|", ["G"]), ["G"]);
  assert.deepEqual(labels("ARG G\nFROM a AS x\nARG L\nENV E=1\nFROM x\nRUN $|", ["G", "L", "E"]), ["E"]);
});

test("parser directives at the top, pragmas everywhere", () => {
  assert.equal(accept("# sy|", "# syntax=docker/dockerfile:1"), "# syntax=docker/dockerfile:1");
  assert.deepEqual(labels("FROM a\n#|"), ["# check=skip=", "# hadolint ignore="]);
});
