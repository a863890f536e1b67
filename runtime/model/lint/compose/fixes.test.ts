import assert from "node:assert/strict";
import { test } from "node:test";
import { fixAll } from "../fix-all.ts";
import { lintCompose } from "./lint.ts";

/** The file after all safe fixes, common indentation removed. */
function checkFixed(before: string, after: string): void {
  const check = (text: string) =>
    lintCompose({ path: "/p/compose.yaml", text, environment: {}, others: new Map() }).problems;
  assert.equal(fixAll(dedent(before), check), dedent(after));
}

function dedent(text: string): string {
  const lines = text
    .replace(/^\n/, "")
    .replace(/[ \t]*$/, "")
    .split("\n");
  const indent = Math.min(...lines.filter((line) => line !== "").map((line) => /^ */.exec(line)![0].length));
  return lines.map((line) => line.slice(indent)).join("\n");
}

test("an obsolete version is removed with its line", () => {
  checkFixed(
    `
    version: "3" # old
    services: {a: {image: "x:1"}}
    `,
    `
    services: {a: {image: "x:1"}}
    `,
  );
});

test("misspelt keys are corrected", () => {
  checkFixed(
    `
    services:
      a:
        image: x:1
        enviroment:
          A: b
        container-name: c
    `,
    `
    services:
      a:
        image: x:1
        environment:
          A: b
        container_name: c
    `,
  );
});

test("undeclared volumes and networks are declared, below the others where there are some", () => {
  checkFixed(
    `
    services:
      a:
        image: x:1
        volumes: [data:/data, more:/more, ./here:/here]
        networks: [back]
    volumes:
        old:
    `,
    `
    services:
      a:
        image: x:1
        volumes: [data:/data, more:/more, ./here:/here]
        networks: [back]
    volumes:
        more:
        data:
        old:

    networks:
      back:
    `,
  );
});

test("depends_on as a list of mappings becomes a mapping, comments behind names stay", () => {
  checkFixed(
    `
    services:
      a:
        image: x:1
        depends_on:
          - b: # first
              condition: service_started
          - c
          - d:
            condition: service_started
            restart: true
        tty: true
      b: {image: "x:1"}
      c: {image: "x:1"}
      d: {image: "x:1"}
    `,
    `
    services:
      a:
        image: x:1
        depends_on:
          b: # first
            condition: service_started
          c:
            condition: service_started
          d:
            condition: service_started
            restart: true
        tty: true
      b: {image: "x:1"}
      c: {image: "x:1"}
      d: {image: "x:1"}
    `,
  );
});

test("tabs become as many spaces as make the file YAML", () => {
  checkFixed("services:\n\ta:\n\t\timage: x:1\n", "services:\n  a:\n    image: x:1\n");
  checkFixed(
    "services:\n\ta:\n\t    image: x:1\n\t\ttty: true\n",
    "services:\n    a:\n        image: x:1\n        tty: true\n",
  );
});

test("a correct file stays as it is", () => {
  const file = `
    name: x
    services:
      a:
        image: x:1
        depends_on: [b]
        volumes: [data:/data]
      b:
        build: .
    volumes:
      data:
    `;
  checkFixed(file, file);
});
