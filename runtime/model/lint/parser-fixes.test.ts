import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDockerfile } from "../dockerfile/parse.ts";
import { parseMarked, printMarks } from "../text/marked-text.ts";
import { fixAll } from "./fix-all.ts";
import { lintDockerfile } from "./lint.ts";

test("the right word is offered for a misspelt instruction or flag", () => {
  const source = `
    FROM node:20 AS build
    WORKDIRR /app
    ^^^^^^^^ unknown instruction: WORKDIRR: did you mean WORKDIR? (unknown-instruction)
    rnu make
    ^^^ unknown instruction: rnu: did you mean run? (unknown-instruction)
    BANANA x
    ^^^^^^ unknown instruction: BANANA (unknown-instruction)
    COPY --form=build /a /b
         ^^^^^^ COPY has no flag --form: did you mean --from? (unknown-flag)
  `;
  const { text, marked } = parseMarked(source);
  const check = (one: string) => lintDockerfile(parseDockerfile(one));
  assert.equal(printMarks(text, check(text)), marked);
  const fixed = fixAll(text, check);
  assert.match(fixed, /^WORKDIR \/app$/m);
  assert.match(fixed, /^RUN make$/m);
  assert.match(fixed, /--from=build/);
});
