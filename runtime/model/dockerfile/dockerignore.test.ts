import assert from "node:assert/strict";
import { test } from "node:test";
import { cleanPath, compileDockerignore, parseDockerignore } from "./dockerignore.ts";
import { compileGlob } from "./glob.ts";

const files = [
  "Dockerfile",
  "README.md",
  ".git",
  ".git/config",
  "a",
  "a/b",
  "a/b/c.txt",
  "a/x.md",
  "node_modules/m/index.js",
  "pkg/node_modules/n.js",
  "temp1",
  "src/temp2",
  "src/main.ts",
];

/** A `.dockerignore` in; the files that are left out, out. */
function check(ignore: string, expected: readonly string[]): void {
  const matcher = compileDockerignore(parseDockerignore(ignore));
  assert.deepEqual(files.filter(matcher.ignores), expected, ignore);
}

test("patterns leave out what they name and what is below", () => {
  check("# note\n\n.git\n", [".git", ".git/config"]);
  check("/a/b/", ["a/b", "a/b/c.txt"]);
  check("./a//b/../b", ["a/b", "a/b/c.txt"]);
  check("*.md", ["README.md"]);
  check("**/*.md", ["README.md", "a/x.md"]);
  check("node_modules", ["node_modules/m/index.js"]);
  check("**/node_modules", ["node_modules/m/index.js", "pkg/node_modules/n.js"]);
  check("*/temp?", ["src/temp2"]);
  check("temp[0-9]", ["temp1"]);
  check("a/**", ["a/b", "a/b/c.txt", "a/x.md"]);
  check("a/**/c.txt", ["a/b/c.txt"]);
  check("**", files);
});

test("later patterns win, exceptions bring back", () => {
  check("*.md\n!README.md", []);
  check("!README.md\n*.md", ["README.md"]);
  check("a\n!a/b", ["a", "a/x.md"]);
  check(
    "**\n!src\n!Dockerfile",
    files.filter((name) => !name.startsWith("src") && name !== "Dockerfile"),
  );
});

test("paths are cleaned as Go cleans them", () => {
  assert.deepEqual(["", "/", "a/../..", "/../a", "./a//b/."].map(cleanPath), [".", "/", "..", "/a", "a/b"]);
});

test("globs of one piece", () => {
  const matches = (pattern: string) => ["a", "ab", "b", "a*", "-", "abc"].filter(compileGlob(pattern));
  assert.deepEqual(matches("a*"), ["a", "ab", "a*", "abc"]);
  assert.deepEqual(matches("a\\*"), ["a*"]);
  assert.deepEqual(matches("[^a]"), ["b", "-"]);
  assert.deepEqual(matches("[a\\-]"), ["a", "-"]);
  assert.deepEqual(matches("?b*"), ["ab", "abc"]);
  assert.deepEqual(matches("[a"), []);
});

test("time is bounded", () => {
  const started = performance.now();
  compileGlob(`${"*a".repeat(40)}b`)("a".repeat(255));
  const { ignores } = compileDockerignore(parseDockerignore(`${"**/a/".repeat(60)}b`));
  ignores("a/".repeat(500));
  assert.ok(performance.now() - started < 500);
});
