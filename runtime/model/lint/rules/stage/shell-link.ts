import type { Rule } from "../../rule.ts";
import { programOf } from "../../shell.ts";

export const shellLink: Rule = {
  name: "shell-link",
  codes: ["DL4005"],
  summary: "SHELL changes the shell, not a link over /bin/sh.",
  documentation:
    "Replacing `/bin/sh` changes what every script of the image runs in. `SHELL` changes only the build.",
  severity: "warning",
  *check(subject) {
    for (const run of subject.runs) {
      for (const command of subject.commands(run)) {
        if (programOf(command) !== "ln" || command.words[command.words.length - 1]?.value !== "/bin/sh")
          continue;
        yield { range: command.range, message: "use SHELL to change the shell of the build" };
      }
    }
  },
};
