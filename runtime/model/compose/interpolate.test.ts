import assert from "node:assert/strict";
import { test } from "node:test";
import { interpolateText } from "./interpolate.ts";
import { startOf } from "./tree.ts";

test("every modifier", () => {
  const environment = { SET: "value", EMPTY: "" };
  const cases: readonly (readonly [text: string, result: string])[] = [
    ["$SET", "value"],
    ["${SET}!", "value!"],
    ["$$SET", "$SET"],
    ["${UNSET:-default}", "default"],
    ["${UNSET-default}", "default"],
    ["${EMPTY:-default}", "default"],
    ["${EMPTY-default}", ""],
    ["${SET:+other}", "other"],
    ["${EMPTY:+other}", ""],
    ["${EMPTY+other}", "other"],
    ["${UNSET+other}", ""],
    ["${UNSET:-${SET}}", "value"],
    ["${UNSET:-${NONE:-${SET}}/x}", "value/x"],
    ["${UNSET:-a:b-c}", "a:b-c"],
    ["${SET:?needed}", "value"],
    ["a $$ SET", "a $ SET"],
  ];
  for (const [text, result] of cases) {
    const problems: string[] = [];
    assert.equal(
      interpolateText(text, environment, startOf("f"), (problem) => problems.push(problem.message)),
      result,
      text,
    );
    assert.deepEqual(problems, [], text);
  }
});

test("a default that is not used may name what is not set", () => {
  const problems: string[] = [];
  interpolateText("${SET:-$UNSET}", { SET: "x" }, startOf("f"), (problem) => problems.push(problem.message));
  assert.deepEqual(problems, []);
});

test("names of Object.prototype are not set", () => {
  assert.equal(
    interpolateText("${constructor:-none}", {}, startOf("f"), () => {}),
    "none",
  );
});
