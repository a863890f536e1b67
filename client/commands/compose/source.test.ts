import assert from "node:assert/strict";
import { test } from "node:test";
import { composeFiles, printProblems } from "./source.ts";

test("the override file goes along with a file of a usual name, and only then", () => {
  const exists = (file: string) => file === "/p/compose.override.yml" || file === "/p/dev.override.yml";
  assert.deepEqual(composeFiles("/p/compose.yaml", exists), ["/p/compose.yaml", "/p/compose.override.yml"]);
  assert.deepEqual(composeFiles("/p/docker-compose.yml", exists), ["/p/docker-compose.yml"]);
  assert.deepEqual(composeFiles("/p/dev.yml", exists), ["/p/dev.yml"]);
});

test("problems are shown with file and line", () => {
  const problem = {
    file: "/p/compose.yaml",
    range: { start: 10, end: 12 },
    message: "no image",
    code: "x",
    severity: "error",
  } as const;
  assert.equal(
    printProblems([problem], new Map([["/p/compose.yaml", "services:\n  a:\n"]])),
    "compose.yaml:2: no image",
  );
});
