import { type Finding, type LintSubject, type Rule, replaceFix } from "../../rule.ts";

const SINGLE = ["CMD", "ENTRYPOINT", "HEALTHCHECK"] as const;

export const singleInstruction: Rule = {
  name: "single-instruction",
  codes: ["MultipleInstructionsDisallowed", "DL4003", "DL4004", "DL3012"],
  summary: "CMD, ENTRYPOINT and HEALTHCHECK stand once in a stage.",
  documentation: "Only the last one has an effect; the earlier ones mislead the reader.",
  severity: "warning",
  *check(subject) {
    for (const stage of subject.tree.stages)
      for (const name of SINGLE) yield* overruled(subject, stage.index, name);
  },
};

function* overruled({ tree }: LintSubject, stage: number, name: string): Generator<Finding> {
  const all = tree.instructions.filter(
    (instruction) => instruction.stage === stage && instruction.name === name,
  );
  for (const instruction of all.slice(0, -1)) {
    const newline = tree.text[instruction.range.end] === "\n" ? 1 : 0;
    const range = { start: instruction.range.start, end: instruction.range.end + newline };
    yield {
      range: instruction.keyword.range,
      message: `only the last ${name} of a stage has an effect, and another follows`,
      fixes: [replaceFix(`Remove this ${name}`, range, "", true)],
    };
  }
}
