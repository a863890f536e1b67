import { APT, hasOption, installs } from "../../install.ts";
import { insertFix, type Rule } from "../../rule.ts";

export const aptAssumeYes: Rule = {
  name: "apt-assume-yes",
  codes: ["DL3014"],
  summary: "apt-get install does not ask.",
  documentation: "A build has nobody to answer: without `-y` the install aborts.",
  severity: "warning",
  *check(subject) {
    for (const { verb, options } of installs(subject, APT)) {
      if (
        hasOption(options, "-y", "--yes", "--assume-yes") ||
        options.some(({ value }) => /^-(?:qq|q=2)/.test(value))
      )
        continue;
      if (options.filter(({ value }) => value === "-q" || value === "--quiet").length > 1) continue;
      yield {
        range: verb.range,
        message: "apt-get will ask, and nobody answers in a build: add -y",
        fixes: [insertFix("Add -y", verb.range.end, " -y", true)],
      };
    }
  },
};
