import assert from "node:assert/strict";
import { test } from "node:test";
import { expandWord, expandWords } from "./expand.ts";

const variables: Readonly<Record<string, string>> = {
  x: "value",
  empty: "",
  path: "/a/b/c.tar.gz",
  s: "a b",
};
const lookup = (name: string) => variables[name];

/** A word in; its expansion, or `! problem`, out. */
function check(word: string, expected: string): void {
  const result = expandWord(word, lookup, { escape: "\\" });
  assert.equal(result.problem === undefined ? result.text : `! ${result.problem}`, expected, word);
}

test("plain variables, quotes and escapes", () => {
  check("$x", "value");
  check("a${x}b", "avalueb");
  check("$nope-", "-");
  check("\\$x", "$x");
  check("'$x'", "$x");
  check('"$x y"', "value y");
  check('"a\\"b\\n"', 'a"b\\n');
  check("a\\ b", "a b");
  check("$", "$");
  check("$-", "$-");
  check("'open", "! unexpected end of statement while looking for matching single-quote");
});

test("modifiers", () => {
  check("${nope:-y}", "y");
  check("${empty:-y}", "y");
  check("${empty-y}", "");
  check("${nope-y}", "y");
  check("${x:+y}", "y");
  check("${empty:+y}", "");
  check("${empty+y}", "y");
  check("${nope:-${x}-${empty:-z}}", "value-z");
  check("${nope:?must be set}", "! nope: must be set");
  check("${empty?}", "");
  check("${x?no}", "value");
  check("${path#*/}", "a/b/c.tar.gz");
  check("${path##*/}", "c.tar.gz");
  check("${path%.*}", "/a/b/c.tar");
  check("${path%%.*}", "/a/b/c");
  check("${x#?a}", "lue");
  check("${path/a/x}", "/x/b/c.tar.gz");
  check("${path//a/x}", "/x/b/c.txr.gz");
  check("${path//\\//-}", "-a-b-c.tar.gz");
  check("${x/l*}", "va");
  check("${x^}", "! unsupported modifier (^) in substitution");
  check("${x", "! syntax error: missing '}'");
  check("${}", "! bad substitution");
});

test("unset variables are named, words are split, heredoc bodies keep their quotes", () => {
  const result = expandWord("$a ${b:-x} ${c}", lookup, { escape: "\\" });
  assert.deepEqual(result.unset, ["a", "c"]);
  assert.deepEqual(expandWords("80 $s", lookup, { escape: "\\" }), { words: ["80", "a", "b"] });
  const body = expandWord('it\'s "$x" \\$x \\n', lookup, { escape: "\\", quotes: "keep" });
  assert.equal(body.text, 'it\'s "value" $x \\n');
});

test("time is bounded", () => {
  const started = performance.now();
  const long = "a".repeat(20_000);
  expandWord(`\${v##${"*a".repeat(20)}b}`, () => long, { escape: "\\" });
  expandWord(`\${v//${"*a".repeat(20)}b/x}`, () => long, { escape: "\\" });
  expandWord("${x:-".repeat(10_000), lookup, { escape: "\\" });
  assert.ok(performance.now() - started < 3000);
});
