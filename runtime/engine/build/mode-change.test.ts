import assert from "node:assert/strict";
import { test } from "node:test";
import { parseModeChange } from "./mode-change.ts";

/** Octal in, octal out. */
function check(text: string, mode: string, expected: string, kind: "file" | "directory" = "file"): void {
  const changed = parseModeChange(text)(Number.parseInt(mode, 8), kind === "directory");
  assert.equal(changed.toString(8), expected, `${text} of ${mode}`);
}

test("octal numbers", () => {
  check("755", "600", "755");
  check("04711", "600", "4711");
  check("0", "777", "0");
});

test("symbols, as chmod(1) has them", () => {
  check("u=rwX,go=rX", "600", "644");
  check("u=rwX,go=rX", "700", "755");
  check("u=rwX,go=rX", "700", "755", "directory");
  check("u=rwX,go=rX", "600", "755", "directory");
  check("+x", "644", "755");
  check("a-w", "666", "444");
  check("g=u", "640", "660");
  check("o=g-w", "660", "664");
  check("u+s,g+s,+t", "755", "7755");
  check("u=rw", "4755", "655");
  check("=", "4777", "0");
  check("ug+rw,o-rwx", "4", "660");
});

test("what is no mode is refused", () => {
  for (const text of ["", "888", "10000000", "u", "rwx", "z+x", "u=rw,", "+y"]) {
    assert.throws(() => parseModeChange(text), /invalid chmod parameter/, text);
  }
});
