import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { parseDockerfile } from "../../dockerfile/parse.ts";
import { printMarks } from "../../text/marked-text.ts";
import { lintDockerfile } from "../lint.ts";

const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith("Dockerfile"));

for (const name of files) {
  test(`nothing is found in ${name}`, () => {
    const text = readFileSync(`${import.meta.dirname}/${name}`, "utf8");
    const problems = lintDockerfile(parseDockerfile(text)).filter(({ severity }) => severity !== "hint");
    assert.equal(printMarks(text, problems), text);
  });
}
