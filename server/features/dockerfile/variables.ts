import type { Dockerfile, Instruction, KeyValue } from "../../../runtime/model/dockerfile/types.ts";
import { lineage, PLATFORM_ARGS } from "../../../runtime/model/lint/variables.ts";
import type { OffsetRange } from "../../../runtime/model/text/problem.ts";

/** A variable that an instruction can use. */
export interface KnownVariable {
  readonly name: string;
  /** As far as the file says; undefined for an ARG without default. */
  readonly value: string | undefined;
  /** `ARG`, `ENV`, `global ARG` or `set by the build`. */
  readonly source: string;
  /** Where it is declared; undefined when the file does not. */
  readonly range: OffsetRange | undefined;
}

/** The variables that are known at an instruction, nearest declaration first; each name once. */
export function variablesAt(tree: Dockerfile, instruction: Instruction): readonly KnownVariable[] {
  const found = new Map<string, KnownVariable>();
  const add = (variable: KnownVariable): void => {
    if (!found.has(variable.name)) found.set(variable.name, variable);
  };
  const stage = tree.stages[instruction.stage];
  if (instruction.name === "FROM" || stage === undefined) {
    for (const arg of tree.globalArgs.toReversed())
      for (const pair of arg.pairs) add(declared(pair, "global ARG"));
  } else {
    const [own, ...parents] = lineage(tree, stage);
    const before = own!.instructions.filter(({ range }) => range.start < instruction.range.start);
    for (const earlier of before.toReversed()) {
      if (earlier.name === "ENV" || earlier.name === "ARG")
        for (const pair of earlier.pairs) add(declared(pair, earlier.name));
    }
    for (const parent of parents) {
      for (const earlier of parent.instructions.toReversed()) {
        if (earlier.name === "ENV") for (const pair of earlier.pairs) add(declared(pair, "ENV"));
      }
    }
  }
  for (const name of PLATFORM_ARGS)
    add({ name, value: undefined, source: "set by the build", range: undefined });
  return [...found.values()];
}

function declared({ key, value }: KeyValue, source: string): KnownVariable {
  return { name: key.value, value: value?.value, source, range: key.range };
}
