import { insertFix, type Rule } from "../../rule.ts";
import type { ShellCommand } from "../../shell.ts";

export const cdUnchecked: Rule = {
  name: "cd-unchecked",
  codes: ["SC2164"],
  summary: "What follows a cd does not run in the wrong directory.",
  documentation:
    "After `cd dir; command` the command also runs when there is no such directory, somewhere else. Write `&&`, or `set -e` before it.",
  severity: "warning",
  *check(subject) {
    for (const run of subject.runs) {
      const commands = subject.commands(run);
      for (const [index, command] of commands.entries()) {
        if (command.program !== "cd" || command.words.length < 2) continue;
        const isFollowed = index + 1 < commands.length && (command.after === ";" || command.after === "\n");
        if (!isFollowed || commands.slice(0, index).some(stopsAtErrors)) continue;
        const fixes =
          command.after === "\n"
            ? [insertFix("Stop when it fails", command.range.end, " || exit 1", false)]
            : [];
        yield {
          range: command.range,
          message: "what follows runs elsewhere when this cd fails: use && or set -e",
          fixes,
        };
      }
    }
  },
};

/** `set -e` in any of its forms. */
function stopsAtErrors(command: ShellCommand): boolean {
  if (command.program !== "set") return false;
  return command.words.slice(1).some(({ value }) => /^-[a-zA-Z]*e/.test(value) || value === "errexit");
}
