import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMarked, printMarks } from "../text/marked-text.ts";
import { checkStages, planBuild, type Source } from "./graph.ts";
import { parseDockerfile } from "./parse.ts";

/** A file and a target in; `index: base < uses` per stage, or the problem, out. */
function check(text: string, target: string, expected: readonly string[]): void {
  const { graph, problem } = planBuild(parseDockerfile(text).tree, { target, expandFrom: (raw) => raw });
  const printed = graph?.stages.map(({ stage, base, vertices }) => {
    const uses = new Set(vertices.flatMap((vertex) => vertex.uses.map(printSource)));
    return `${stage.index}: ${[printSource(base), ...uses].join(" < ")}`;
  });
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

test("vertices are numbered in the order of their stages, FROM first", () => {
  const { tree } = parseDockerfile("FROM a AS x\nRUN 1\nFROM b\nCOPY --from=y /1 /2\nFROM c AS y\nRUN 3");
  const { graph } = planBuild(tree, { target: "1", expandFrom: (raw) => raw });
  assert.deepEqual(
    graph?.stages.map(({ stage, vertices }) => [stage.index, ...vertices.map(({ id }) => id)]),
    [
      [2, 0, 1],
      [1, 2, 3],
    ],
  );
});

test("stages that need each other are told", () => {
  check("FROM a AS x\nCOPY --from=y /1 /2\nFROM b AS y\nCOPY --from=x /1 /2", "", [
    "circular dependency detected on stage: y",
  ]);
  check("FROM a AS x\nCOPY --from=x /1 /2", "", ["circular dependency detected on stage: x"]);
  const many = Array.from({ length: 5000 }, (_, index) => `FROM s${index - 1} AS s${index}`).join("\n");
  const { graph } = planBuild(parseDockerfile(many).tree, { target: "", expandFrom: (raw) => raw });
  assert.equal(graph?.stages.length, 5000);
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
