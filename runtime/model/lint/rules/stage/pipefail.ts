import type { Rule } from "../../rule.ts";
import { argumentsOf } from "../../shell.ts";

/** Programs that only print what they are given: their failure would lose nothing. */
const HARMLESS = new Set(["echo", "printf", "yes"]);

export const pipefail: Rule = {
  name: "pipefail",
  codes: ["DL4006"],
  summary: "A RUN with a pipe fails when any of its commands fails.",
  documentation:
    'The exit code of a pipe is that of its last command: a failed download goes unnoticed. Set `SHELL ["/bin/bash", "-o", "pipefail", "-c"]` or begin with `set -o pipefail`.',
  severity: "warning",
  *check(subject) {
    let isSet = false;
    for (const instruction of subject.tree.instructions) {
      if (instruction.name === "FROM") isSet = false;
      if (instruction.name === "SHELL")
        isSet = instruction.words.some(({ value }) => value.includes("pipefail"));
      if (instruction.name !== "RUN" || isSet || instruction.command.form === "exec") continue;
      const commands = subject.commands(instruction);
      const sets = commands.findIndex(
        (command) =>
          command.program === "set" && argumentsOf(command).some(({ value }) => value === "pipefail"),
      );
      const piped = commands.findIndex(({ after, program }) => after === "|" && !HARMLESS.has(program));
      if (piped < 0 || (sets >= 0 && sets < piped)) continue;
      yield {
        range: commands[piped]!.range,
        message: "a failure of this command is lost in the pipe: set pipefail",
      };
    }
  },
};
