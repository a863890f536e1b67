import type { Dockerfile, Instruction } from "../dockerfile/types.ts";

/** All instructions in order, and behind each ONBUILD what it triggers. */
export function* everyInstruction(tree: Dockerfile): Generator<Instruction> {
  for (const instruction of tree.instructions) {
    yield instruction;
    if (instruction.name === "ONBUILD" && instruction.trigger !== undefined) yield instruction.trigger;
  }
}
