import type { Rule } from "../../rule.ts";

export const shellLink: Rule = {
  name: "shell-link",
  codes: ["DL4005"],
  summary: "SHELL changes the shell, not a link over /bin/sh.",
  documentation:
    "Replacing `/bin/sh` changes what every script of the image runs in. `SHELL` changes only the build.",
  severity: "warning",
  *check(subject) {
    for (const { command } of subject.calls("ln")) {
      if (command.words[command.words.length - 1]?.value !== "/bin/sh") continue;
      yield { range: command.range, message: "use SHELL to change the shell of the build" };
    }
  },
};
