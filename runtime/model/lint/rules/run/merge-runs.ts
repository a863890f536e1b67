import type { Instruction, RunInstruction } from "../../../dockerfile/types.ts";
import { type Rule, replaceFix } from "../../rule.ts";

export const mergeRuns: Rule = {
  name: "merge-runs",
  codes: ["DL3059"],
  summary: "RUNs that follow each other are one RUN.",
  documentation:
    "Every RUN is a layer. Three or more in a row, with the same flags and no comment between, are reported once; two are often kept apart for the cache.",
  severity: "info",
  *check({ tree }) {
    for (const { instructions } of tree.stages) {
      for (const group of groupsOf(tree.text, instructions)) {
        const [first] = group;
        if (first === undefined || group.length < 3) continue;
        const range = { start: first.range.start, end: group[group.length - 1]!.range.end };
        const bodies = group.map((run) => bodyOf(tree.text, run));
        const text = `${tree.text.slice(first.range.start, bodyStart(first))}${bodies.join(` ${tree.escape}\n    && `)}`;
        const isSimple = bodies.every((body) => !/[;|&#]|\n/.test(body.replaceAll("&&", "")));
        yield {
          range: first.keyword.range,
          message: `${group.length} RUNs follow each other, a layer each: one RUN would do`,
          fixes: isSimple ? [replaceFix("Merge the RUNs", range, text, false)] : [],
        };
      }
    }
  },
};

function groupsOf(text: string, instructions: readonly Instruction[]): RunInstruction[][] {
  const groups: RunInstruction[][] = [];
  let before: Instruction | undefined;
  for (const instruction of instructions) {
    if (isPlainRun(instruction)) {
      const group = groups[groups.length - 1];
      const last = group?.[group.length - 1];
      const isNext =
        last !== undefined &&
        last === before &&
        text.slice(last.range.end, instruction.range.start).trim() === "";
      if (isNext && flagsOf(last) === flagsOf(instruction)) group!.push(instruction);
      else groups.push([instruction]);
    }
    before = instruction;
  }
  return groups;
}

function isPlainRun(instruction: Instruction): instruction is RunInstruction {
  return (
    instruction.name === "RUN" && instruction.command.form === "shell" && instruction.heredocs.length === 0
  );
}

function flagsOf(run: RunInstruction): string {
  return run.flags
    .map(({ name, value }) => `${name}=${value ?? ""}`)
    .sort()
    .join(" ");
}

function bodyStart(run: RunInstruction): number {
  return run.command.form === "shell" ? run.command.range.start : run.keyword.range.end;
}

function bodyOf(text: string, run: RunInstruction): string {
  return text.slice(bodyStart(run), run.range.end).trim();
}
