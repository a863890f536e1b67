import { hasOption, installs, YUM } from "../../install.ts";
import { insertFix, type Rule } from "../../rule.ts";

export const yumAssumeYes: Rule = {
  name: "yum-assume-yes",
  codes: ["DL3030"],
  summary: "yum install does not ask.",
  documentation: "A build has nobody to answer: without `-y` the install aborts.",
  severity: "warning",
  *check(subject) {
    for (const { verb, options } of installs(subject, YUM)) {
      if (hasOption(options, "-y", "--assumeyes")) continue;
      yield {
        range: verb.range,
        message: "yum will ask, and nobody answers in a build: add -y",
        fixes: [insertFix("Add -y", verb.range.end, " -y", true)],
      };
    }
  },
};
