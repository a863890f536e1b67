import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCompose } from "../../../compose/parse.ts";
import { parseMarked, printMarks } from "../../../text/marked-text.ts";
import { checkSchema } from "./check.ts";
import { COMPOSE_SCHEMA } from "./compose-schema.ts";

function checkMarks(source: string): void {
  const { text, marked } = parseMarked(source);
  const { root } = parseCompose(text, "/compose.yaml");
  assert.ok(root);
  assert.equal(printMarks(text, checkSchema(root, COMPOSE_SCHEMA)), marked);
}

test("keys and values the schema does not know", () => {
  checkMarks(`
    services:
      web:
        image: 1
               ^ the value must be a text (in quotes where it looks like something else) (compose-schema)
        x-own: {any: thing}
        init: \${INIT}
        healthcheck:
          intervall: 1s
          ^^^^^^^^^ there is no key "intervall" here: did you mean "interval"? (compose-schema)
        deploy: []
                ^^ the value must be a mapping or nothing (compose-schema)
    volumes:
      data:
  `);
});

test("of several forms the one that fits furthest is meant", () => {
  checkMarks(`
    services:
      web:
        extends:
          file: a.yaml
          ^^^^^^^^^^^^… the key "service" is missing (compose-schema)
        environment: 5
                     ^ the value must be a mapping or a list (compose-schema)
  `);
});
