import type { Problem } from "../text/problem.ts";
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

/** Adds what is wrong with the order of instructions: none at all, something before FROM, a stage name used twice. */
export function noteStages(
  instructions: readonly Instruction[],
  stages: readonly Stage[],
  problems: Problem[],
  textLength: number,
): void {
  if (instructions.length === 0) {
    const range = { start: 0, end: Math.min(1, textLength) };
    problems.push({ code: "no-from", message: "file with no instructions", severity: "error", range });
    return;
  }
  for (const instruction of instructions) {
    if (instruction.stage >= 0 || instruction.name === "ARG" || instruction.name === "UNKNOWN") continue;
    const message = `no build stage in current context: ${instruction.name} must come after FROM`;
    problems.push({ code: "no-from", message, severity: "error", range: instruction.keyword.range });
  }
  if (stages.length === 0 && problems.every((problem) => problem.code !== "no-from")) {
    const range = instructions.at(-1)?.range ?? { start: 0, end: 0 };
    problems.push({ code: "no-from", message: "no FROM instruction", severity: "error", range });
  }
  const names = new Set<string>();
  for (const { name, from } of stages) {
    if (name === undefined) continue;
    if (names.has(name)) {
      const range = from.alias?.range ?? from.range;
      const message = `the stage name "${name}" is used twice; the later stage hides the earlier`;
      problems.push({ code: "duplicate-stage-name", message, severity: "warning", range });
    }
    names.add(name);
  }
}
