import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDockerfile } from "../dockerfile/parse.ts";
import { parseMarked, printMarks } from "../text/marked-text.ts";
import { lintDockerfile } from "./lint.ts";
import type { LintOptions } from "./rule.ts";

function checkLint(source: string, options?: LintOptions): void {
  const { text, marked } = parseMarked(source);
  assert.equal(printMarks(text, lintDockerfile(parseDockerfile(text), options)), marked);
}

test("a check directive on the first lines silences the whole file", () => {
  checkLint(`
    # syntax=docker/dockerfile:1
    # check=skip=StageNameCasing,JSONArgsRecommended
    FROM node:20 AS Build
    CMD npm start
  `);
});

test("check=skip=all leaves what would fail the build", () => {
  checkLint(`
    # check=skip=all
    FROM node AS Build
    COPY a
         ^ COPY requires at least two arguments, but only one was provided. Destination could not be determined. (missing-argument)
  `);
});

test("check=error=true makes BuildKit's checks errors", () => {
  const { tree, problems } = parseDockerfile("# check=error=true\nFROM node AS Build\n");
  const found = lintDockerfile({ tree, problems });
  assert.deepEqual(
    found.map(({ code, severity }) => [code, severity]),
    [
      ["pin-base-image", "warning"],
      ["stage-name-casing", "error"],
    ],
  );
});

test("a comment above an instruction silences that one only", () => {
  checkLint(`
    # hadolint ignore=DL3006
    FROM node
    # a remark
    # check=skip=JSONArgsRecommended
    # hadolint ignore=DL3020, pin-base-image
    CMD npm start

    FROM node
         ^^^^ image has no tag, which means latest: name a version (pin-base-image)
    CMD npm start
        ^^^^^^^^^ CMD in shell form does not pass signals on: use a JSON array (json-command)
  `);
});

test("hadolint's global ignore counts anywhere", () => {
  checkLint(`
    FROM node
    # hadolint global ignore=DL3006
    FROM debian
  `);
});

test("the parser's warnings are silenced by the names other linters give them", () => {
  checkLint(`
    FROM node:20 AS a
    # check=skip=DuplicateStageName
    FROM node:20 AS a
    FROM node:20 AS a
                    ^ the stage name "a" is used twice; the later stage hides the earlier (duplicate-stage-name)
  `);
});

test("levels by any of a rule's names", () => {
  checkLint(
    `
    FROM node:20
    ^^^^ the image has no HEALTHCHECK (healthcheck-missing)
    CMD npm start
  `,
    { levels: { DL3057: "info", jsonargsrecommended: "off" } },
  );
});
