import type { CommandInstruction, Dockerfile } from "../../../dockerfile/types.ts";
import { singleQuotedJson } from "../../json-form.ts";
import { type Finding, type LintSubject, type Rule, replaceFix } from "../../rule.ts";
import { lineage } from "../../variables.ts";

export const jsonCommand: Rule = {
  name: "json-command",
  codes: ["DL3025", "JSONArgsRecommended"],
  summary: "CMD and ENTRYPOINT are JSON arrays.",
  documentation:
    "In shell form the program runs below `/bin/sh -c`, which does not pass signals on: stopping the container waits for the time limit and kills it.",
  severity: "warning",
  *check(subject) {
    const shells = stagesWithShell(subject.tree);
    for (const instruction of subject.tree.instructions) {
      if (instruction.name !== "CMD" && instruction.name !== "ENTRYPOINT") continue;
      // A stage that sets SHELL has chosen its shell on purpose: BuildKit is silent there too.
      if (instruction.command.form === "exec" || shells.has(instruction.stage)) continue;
      if (singleQuotedJson(subject.tree.text, instruction) !== undefined) continue;
      yield finding(subject, instruction, instruction.command.range);
    }
  },
};

/** Stages in which SHELL is set, by themselves or by one they are built on. */
function stagesWithShell(tree: Dockerfile): ReadonlySet<number> {
  const setting = new Set(tree.instructions.filter(({ name }) => name === "SHELL").map(({ stage }) => stage));
  const stages = tree.stages.filter((stage) => lineage(tree, stage).some(({ index }) => setting.has(index)));
  return new Set(stages.map(({ index }) => index));
}

function finding(subject: LintSubject, instruction: CommandInstruction, range: Finding["range"]): Finding {
  const message = `${instruction.name} in shell form does not pass signals on: use a JSON array`;
  const commands = subject.commands(instruction);
  const only = commands[0];
  const text = subject.tree.text.slice(range.start, range.end);
  if (
    commands.length !== 1 ||
    only === undefined ||
    only.assignments.length > 0 ||
    /[$`<>*?~#&|;(){}\\]/.test(text)
  ) {
    return { range, message };
  }
  const json = `[${only.words.map((word) => JSON.stringify(word.value)).join(", ")}]`;
  return { range, message, fixes: [replaceFix("Convert to a JSON array", range, json, false)] };
}
