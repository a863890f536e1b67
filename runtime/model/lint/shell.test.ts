import assert from "node:assert/strict";
import { test } from "node:test";
import { parseShell, type ShellSource } from "./shell.ts";

/** One line per command: what stands before it, its words, and the assignments in parentheses. */
function shell(
  text: string,
  kind: ShellSource["kind"] = "instruction",
  joiner: ShellSource["escape"] = "\\",
): string[] {
  const commands = parseShell({ text, range: { start: 0, end: text.length }, escape: joiner, kind });
  return commands.map(({ before, words, assignments }) => {
    const set = assignments.map(({ raw }) => `(${raw}) `).join("");
    return `${before.replace("\n", "↵")} ${set}${words.map(({ value }) => value).join(" · ")}`.trim();
  });
}

test("commands are split at operators, words at blanks", () => {
  assert.deepEqual(shell("a b && c || d; e | f & (g h)"), ["a · b", "&& c", "|| d", "; e", "| f", "( g · h"]);
});

test("quotes, escapes and expansions stay in a word", () => {
  assert.deepEqual(shell(`a "b c" 'd && e' f\\ g "$(h "i j")" \${k:-l m}`), [
    'a · b c · d && e · f g · $(h "i j") · ${k:-l m}',
  ]);
});

test("assignments and reserved words are no program", () => {
  assert.deepEqual(shell("A=1 B='x y' c; if d; then e; fi; ! f"), ["(A=1) (B='x y') c", "; d", "; e", "; f"]);
});

test("redirections are left out", () => {
  assert.deepEqual(shell("a > b 2>&1 c < d &> e f"), ["a · c · f"]);
});

test("lines are joined, comments between them are dropped", () => {
  assert.deepEqual(shell("a \\\n  # not a word && x\n  b \\ \n && c"), ["a · b", "&& c"]);
  assert.deepEqual(shell("a `\n b", "instruction", "`"), ["a · b"]);
});

test("in a script lines end commands and # begins a comment", () => {
  assert.deepEqual(shell("a # b\nc \\\n d\n", "script"), ["a", "↵ c · d"]);
});

test("what never closes ends with the text", () => {
  assert.deepEqual(shell(`a "b c`), ["a · b c"]);
  assert.deepEqual(shell("a $(b (c"), ["a · $(b (c"]);
  assert.deepEqual(shell("a ${b"), ["a · ${b"]);
});

test("a command behind sudo or env is the command", () => {
  assert.deepEqual(shell("sudo -u me apt-get install x; env -u A B=1 make; sudo; command -v node"), [
    "apt-get · install · x",
    "; make",
    "; sudo",
    "; command · -v · node",
  ]);
});
