import type { Dockerfile } from "../../../runtime/model/dockerfile/types.ts";
import { variableUses } from "../../../runtime/model/lint/variables.ts";
import type { OffsetRange } from "../../../runtime/model/text/problem.ts";
import { stageReference } from "./hover.ts";
import { instructionAt } from "./place.ts";
import { variablesAt } from "./variables.ts";

/** Where the stage or variable at an offset is declared. */
export function definitionInDockerfile(tree: Dockerfile, offset: number): OffsetRange | undefined {
  const instruction = instructionAt(tree, offset);
  if (instruction === undefined) return undefined;
  const use = variableUses(tree, instruction.range).find(
    ({ range }) => range.start <= offset && offset <= range.end,
  );
  if (use !== undefined) return variablesAt(tree, instruction).find(({ name }) => name === use.name)?.range;
  const reference = stageReference(instruction, offset);
  if (reference === undefined) return undefined;
  const name = reference.value.toLowerCase();
  const earlier = tree.stages.slice(0, Math.max(instruction.stage, 0));
  const stage =
    earlier.findLast((one) => one.name === name) ?? (/^\d+$/.test(name) ? earlier[Number(name)] : undefined);
  return stage?.from.alias?.range ?? stage?.from.keyword.range;
}
