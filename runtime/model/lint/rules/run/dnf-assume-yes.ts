import { DNF, hasOption, installs } from "../../install.ts";
import { insertFix, type Rule } from "../../rule.ts";

export const dnfAssumeYes: Rule = {
  name: "dnf-assume-yes",
  codes: ["DL3038"],
  summary: "dnf install does not ask.",
  documentation: "A build has nobody to answer: without `-y` the install aborts.",
  severity: "warning",
  *check(subject) {
    for (const { verb, options } of installs(subject, DNF)) {
      if (hasOption(options, "-y", "--assumeyes")) continue;
      yield {
        range: verb.range,
        message: "dnf will ask, and nobody answers in a build: add -y",
        fixes: [insertFix("Add -y", verb.range.end, " -y", true)],
      };
    }
  },
};
