import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parseDockerfile } from "../dockerfile/parse.ts";
import { lintDockerfile } from "./lint.ts";

/**
 * Dockerfiles as people write them who know how to: `correct/dockerfiles.txt`, parted by `=== name`. Every rule that is
 * on by default is silent about them, except those that ask for versions of each package, which few projects want.
 */
const OPINIONS = new Set(["pin-apt", "pin-apk", "pin-dnf", "numeric-user"]);

const files = readFileSync(new URL("./correct/dockerfiles.txt", import.meta.url), "utf8")
  .split(/^=== /m)
  .slice(1)
  .map((section) => {
    const end = section.indexOf("\n");
    return { name: section.slice(0, end), text: section.slice(end + 1) };
  });

test("there are enough of them", () => {
  assert.ok(files.length >= 60, `${files.length}`);
});

for (const { name, text } of files) {
  test(`correct: ${name}`, () => {
    const found = lintDockerfile(parseDockerfile(text)).filter(({ code }) => !OPINIONS.has(code));
    const shown = found.map(
      ({ code, message, range }) => `${text.slice(range.start, range.end)}: ${message} (${code})`,
    );
    assert.deepEqual(shown, []);
  });
}
