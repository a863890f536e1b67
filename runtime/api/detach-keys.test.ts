import assert from "node:assert/strict";
import { test } from "node:test";
import { DetachScanner, parseDetachKeys } from "./detach-keys.ts";

/** Types `pieces` one after the other; gives what went through and whether the keys were found. */
function type(keys: string, ...pieces: string[]): string {
  const scanner = new DetachScanner(parseDetachKeys(keys));
  let passed = "";
  for (const piece of pieces) {
    const { pass, detached } = scanner.push(Buffer.from(piece));
    passed += pass.toString();
    if (detached) return `${JSON.stringify(passed)} detached`;
  }
  return JSON.stringify(passed + scanner.flush().toString());
}

test("keys are bytes", () => {
  assert.deepEqual([...parseDetachKeys("ctrl-p,ctrl-q,a,ctrl-[")], [16, 17, 97, 27]);
  assert.throws(() => parseDetachKeys("ctrl-1"), /invalid detach keys/);
  assert.throws(() => parseDetachKeys("alt"), /Unknown character: 'alt'/);
});

test("the keys are found, in one piece or in two", () => {
  assert.equal(type("ctrl-p,ctrl-q", "ls\x10\x11rest"), '"ls" detached');
  assert.equal(type("ctrl-p,ctrl-q", "ls\x10", "\x11"), '"ls" detached');
});

test("a beginning that does not go on is typed after all", () => {
  assert.equal(type("ctrl-p,ctrl-q", "\x10", "a"), JSON.stringify("\x10a"));
  assert.equal(type("ctrl-p,ctrl-q", "a\x10"), JSON.stringify("a\x10"));
  assert.equal(type("ctrl-p,ctrl-q", "\x10\x10\x11"), `${JSON.stringify("\x10")} detached`);
});
