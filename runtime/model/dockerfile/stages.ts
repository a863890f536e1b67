import type { OffsetRange, Problem } from "../text/problem.ts";
import type { FromInstruction, Instruction, Stage } from "./types.ts";

/** Each FROM with the instructions up to the next. */
export function stagesOf(instructions: readonly Instruction[]): Stage[] {
  const stages: {
    index: number;
    name: string | undefined;
    from: FromInstruction;
    instructions: Instruction[];
  }[] = [];
  for (const instruction of instructions) {
    if (instruction.name === "FROM") {
      const name = instruction.alias?.value.toLowerCase();
      stages.push({ index: stages.length, name, from: instruction, instructions: [] });
    } else stages.at(-1)?.instructions.push(instruction);
  }
  return stages;
}

/** Adds what is wrong with the order of instructions: none at all, or something before the first FROM (said once). */
export function noteStages(
  instructions: readonly Instruction[],
  stages: readonly Stage[],
  problems: Problem[],
): void {
  if (instructions.length === 0) {
    problems.push(noFrom("file with no instructions", { start: 0, end: 0 }));
    return;
  }
  for (const instruction of instructions) {
    if (instruction.stage >= 0 || instruction.name === "ARG" || instruction.name === "UNKNOWN") continue;
    const message = `no build stage in current context: ${instruction.name} must come after FROM`;
    problems.push(noFrom(message, instruction.keyword.range));
    break;
  }
  if (stages.length === 0 && problems.every((problem) => problem.code !== "no-from")) {
    problems.push(noFrom("no FROM instruction", { start: 0, end: 0 }));
  }
}

function noFrom(message: string, range: OffsetRange): Problem {
  return { code: "no-from", message, severity: "error", range, codes: ["NO_SOURCE_IMAGE", "DL3061"] };
}
