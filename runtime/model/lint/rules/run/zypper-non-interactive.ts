import { hasOption, installs, ZYPPER } from "../../install.ts";
import { insertFix, type Rule } from "../../rule.ts";

export const zypperNonInteractive: Rule = {
  name: "zypper-non-interactive",
  codes: ["DL3034"],
  summary: "zypper install does not ask.",
  documentation: "A build has nobody to answer: without `-y` or `--non-interactive` the install aborts.",
  severity: "warning",
  *check(subject) {
    for (const { verb, options } of installs(subject, ZYPPER)) {
      if (hasOption(options, "-y", "--no-confirm", "-n", "--non-interactive")) continue;
      yield {
        range: verb.range,
        message: "zypper will ask, and nobody answers in a build: add -y",
        fixes: [insertFix("Add -y", verb.range.end, " -y", true)],
      };
    }
  },
};
