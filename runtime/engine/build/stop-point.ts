import type { BuildGraph } from "../../model/dockerfile/graph.ts";
import type { Dockerfile, Instruction } from "../../model/dockerfile/types.ts";
import { lineAt, lineIndex } from "../../model/text/line-index.ts";
import { EngineError } from "../error.ts";
import type { StopPoint } from "../http/backend.ts";

/** The instruction of a stage that stands at a line. Throws `invalid-argument` when there is none. */
export function instructionAt({ text, stages }: Dockerfile, line: number): Instruction {
  const lines = lineIndex(text);
  const all = stages.flatMap(({ from, instructions }) => [from, ...instructions]);
  const found = all.find(
    ({ range }) =>
      lineAt(lines, range.start) + 1 <= line &&
      line <= lineAt(lines, Math.max(range.start, range.end - 1)) + 1,
  );
  if (found !== undefined) return found;
  throw new EngineError("invalid-argument", `there is no instruction of a stage at line ${line}`);
}

/** The graph with its target cut off behind (or before) an instruction of the target. */
export function cutGraph(graph: BuildGraph, instruction: Instruction, { line, side }: StopPoint): BuildGraph {
  const stages = graph.stages.map((node) => {
    if (node.stage.index !== graph.target) return node;
    const index = node.vertices.findIndex((vertex) => vertex.instruction === instruction);
    return { ...node, vertices: node.vertices.slice(0, side === "after" ? index + 1 : index) };
  });
  if (stages.some(({ stage, vertices }) => stage.index === graph.target && vertices.length === 0)) {
    throw new EngineError(
      "invalid-argument",
      `there is nothing before line ${line}: it is where the stage begins`,
    );
  }
  return { ...graph, stages };
}
