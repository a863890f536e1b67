import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDotenv } from "./dotenv.ts";

test("an env file", () => {
  const text = `# comment
PLAIN=value # comment
HASH=a#b
export EXPORTED=1
SPACED = around
EMPTY=
NAME_ONLY
SINGLE='no $PLAIN \\' here'
DOUBLE="a\\tb $PLAIN \\$PLAIN"
LINES="one
two"
DEFAULT=\${NONE:-fallback}
OUTER=$FROM_OUTSIDE
YAML: style
`;
  const { variables, problems } = parseDotenv(text, (name) => (name === "FROM_OUTSIDE" ? "out" : undefined));
  assert.deepEqual(problems, []);
  assert.deepEqual(Object.fromEntries(variables), {
    PLAIN: "value",
    HASH: "a#b",
    EXPORTED: "1",
    SPACED: "around",
    EMPTY: "",
    NAME_ONLY: null,
    SINGLE: "no $PLAIN ' here",
    DOUBLE: "a\tb value $PLAIN",
    LINES: "one\ntwo",
    DEFAULT: "fallback",
    OUTER: "out",
    YAML: "style",
  });
});

test("what is no assignment is told with its place", () => {
  const text = 'A=1\n= 2\nB="open\n';
  const { variables, problems } = parseDotenv(text);
  assert.deepEqual(
    problems.map((problem) => [text.slice(problem.range.start, problem.range.end), problem.message]),
    [
      ["= 2", 'expected NAME=value, found "= 2"'],
      ['B="open', 'B: the closing " is missing'],
    ],
  );
  assert.equal(variables.get("A"), "1");
});

test("Windows line ends", () => {
  assert.deepEqual(
    [...parseDotenv('A=1\r\nB="x"\r\nC\r\n').variables],
    [
      ["A", "1"],
      ["B", "x"],
      ["C", null],
    ],
  );
});
