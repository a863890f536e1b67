import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMarked, printMarks } from "../text/marked-text.ts";
import { checkStages, planStages, type Source } from "./graph.ts";
import { parseDockerfile } from "./parse.ts";

/** A file and a target in; `index: base < uses` per stage, or the problem, out. */
function check(text: string, target: string, expected: readonly string[]): void {
  const { graph, problem } = planStages(parseDockerfile(text).tree, { target, expandFrom: (raw) => raw });
  const printed = graph?.nodes.map(
    ({ stage, base, uses }) => `${stage.index}: ${[base, ...uses].map(printSource).join(" < ")}`,
  );
  assert.deepEqual(printed ?? [problem], expected);
}

const file = `
FROM node AS deps
FROM deps AS build
COPY --from=golang:1 /x /x
FROM scratch AS unused
FROM nginx
COPY --from=Build /a /a
RUN --mount=type=bind,from=0,target=/d ls
`;

test("only the stages a target needs, sources first", () => {
  check(file, "", ["0: image node", "1: stage 0 < image golang:1", "3: image nginx < stage 1 < stage 0"]);
  check(file, "deps", ["0: image node"]);
  check(file, "2", ["2: image scratch"]);
  check(file, "nope", ['target stage "nope" could not be found']);
  check("FROM node AS node\nFROM node", "", ["0: image node", "1: stage 0"]);
});

test("numbers of later stages are problems", () => {
  const { text, marked } = parseMarked(`
    FROM a
    COPY --from=0 /a /b
         ^^^^^^^^ --from=0: there is no earlier stage with this number (unknown-stage)
  `);
  assert.equal(printMarks(text, checkStages(parseDockerfile(text).tree)), marked);
});

function printSource(source: Source): string {
  return source.kind === "stage" ? `stage ${source.index}` : `image ${source.reference}`;
}
