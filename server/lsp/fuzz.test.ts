import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { parseCompose } from "../../runtime/model/compose/parse.ts";
import { parseDockerfile } from "../../runtime/model/dockerfile/parse.ts";
import { withComposeFixes } from "../../runtime/model/lint/compose/fixes.ts";
import { lintCompose } from "../../runtime/model/lint/compose/lint.ts";
import { fixAll } from "../../runtime/model/lint/fix-all.ts";
import { lintDockerfile } from "../../runtime/model/lint/lint.ts";
import type { Problem } from "../../runtime/model/text/problem.ts";
import { PIECES, randomEdit, randomNumbers } from "../../runtime/model/text/random-edits.testing.ts";
import { excerptAt } from "../features/compose/excerpt.ts";
import { wantedValueAt } from "../features/compose/wanted-value.ts";
import { completeDockerfile } from "../features/dockerfile/completion.ts";
import { definitionInDockerfile } from "../features/dockerfile/definition.ts";
import { hoverDockerfile } from "../features/dockerfile/hover.ts";
import { ignoreFix } from "../features/dockerfile/suppression.ts";
import { symbolsOfDockerfile } from "../features/dockerfile/symbols.ts";

/**
 * How often a text is changed at random; the whole takes a few seconds. `BERTH_FUZZ_EDITS=100000` takes a quarter of an
 * hour.
 */
const EDITS = Number(process.env.BERTH_FUZZ_EDITS ?? 1000);
/** No single look at a text of this size may take longer. */
const LIMIT_MS = 1000;

const DOCKERFILES = ["from", "file", "stage", "copy", "run"].map((group) =>
  readFileSync(new URL(`../../runtime/model/lint/rules/${group}/cases.txt`, import.meta.url), "utf8").slice(
    0,
    4000,
  ),
);
const COMPOSE = `version: "3.9"
x-base: &base
  restart: always
services:
  web:
    <<: *base
    image: nginx:\${TAG:-1.27}
    ports: ["80:80", 8080:80]
    depends_on:
      - db
    networks: {back: {aliases: [w]}}
  db:
    build: {context: ., dockerfile: Dockerfile}
    environment:
      - A=1
    healthcheck:
      test: ["CMD", "true"]
    volumes:
      - data:/var/lib
volumes:
  data:
networks:
  back:
`;
test("random edits of Dockerfiles: nothing throws or hangs, all ranges lie in the text", () => {
  const random = randomNumbers(7);
  for (const start of DOCKERFILES) {
    let text = start;
    for (let edit = 0; edit < EDITS / DOCKERFILES.length; edit++) {
      text = edit % 200 === 199 ? start : randomEdit(text, random, PIECES);
      const began = cpuMs();
      const parse = parseDockerfile(text);
      const problems = lintDockerfile(parse, { isIgnored: (path) => path.length % 2 === 0 });
      checkRanges(text, problems);
      const offset = Math.floor(random() * (text.length + 1));
      completeDockerfile(parse.tree, offset);
      hoverDockerfile(parse.tree, offset);
      definitionInDockerfile(parse.tree, offset);
      symbolsOfDockerfile(parse.tree);
      for (const problem of problems) ignoreFix(parse.tree, problem);
      assert.ok(cpuMs() - began < LIMIT_MS, `too slow: ${JSON.stringify(text)}`);
    }
    fixAll(text, (one) => lintDockerfile(parseDockerfile(one)));
  }
});

test("random edits of a Compose file: nothing throws or hangs, all ranges lie in the text", () => {
  const random = randomNumbers(11);
  let text = COMPOSE;
  for (let edit = 0; edit < EDITS; edit++) {
    text = edit % 100 === 0 ? COMPOSE : randomEdit(text, random, PIECES);
    const began = cpuMs();
    const check = (one: string): readonly Problem[] =>
      lintCompose({ path: "/p/compose.yaml", text: one, environment: {}, others: new Map() }).problems;
    const problems = check(text);
    checkRanges(text, problems);
    withComposeFixes({ text, root: parseCompose(text, "/p/compose.yaml").root }, problems);
    const offset = Math.floor(random() * (text.length + 1));
    wantedValueAt(text, offset);
    const excerpt = excerptAt(text, offset);
    assert.ok(0 <= excerpt.offset && excerpt.offset <= excerpt.text.length, text);
    if (edit % 50 === 49) fixAll(text, check);
    assert.ok(cpuMs() - began < LIMIT_MS, `too slow: ${JSON.stringify(text)}`);
  }
});

test("large and hostile texts are answered in time", () => {
  const texts = [
    `FROM a\nRUN ${"x".repeat(500_000)}\n`,
    `FROM a\nRUN ${"$(".repeat(20_000)}\n`,
    `FROM a\nRUN ${'"$('.repeat(20_000)}\n`,
    `FROM a\nRUN ${"a && \\\n".repeat(20_000)} b\n`,
    `FROM a\n${"RUN apt-get install x\n".repeat(5_000)}`,
    `FROM a\n${"ENV A=$B C=$A\n".repeat(5_000)}`,
    `FROM a\nRUN ${"'\"".repeat(50_000)}\n`,
    `FROM a\n${"RUN x\n".repeat(100_000)}`,
    `FROM a\nRUN ${"x".repeat(10_000_000)}\n`,
    `FROM a\nRUN echo ${"\uFFFD".repeat(100_000)}\n`,
    "#\n".repeat(100_000),
  ];
  for (const text of texts) {
    const began = cpuMs();
    lintDockerfile(parseDockerfile(text));
    const took = cpuMs() - began;
    assert.ok(took < 3 * LIMIT_MS, `${took} ms for ${JSON.stringify(text.slice(0, 40))}`);
  }
});

/** Time of the processor, not of the clock: other tests run beside this one. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function checkRanges(text: string, problems: readonly Problem[]): void {
  for (const { range, code, fixes } of problems) {
    const ranges = [range, ...(fixes ?? []).flatMap(({ edits }) => edits.map((edit) => edit.range))];
    for (const { start, end } of ranges) {
      assert.ok(
        0 <= start && start <= end && end <= text.length,
        `${code} ${start}..${end} in ${JSON.stringify(text)}`,
      );
    }
  }
}
