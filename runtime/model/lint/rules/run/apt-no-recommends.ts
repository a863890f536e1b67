import { APT, installs } from "../../install.ts";
import { insertFix, type Rule } from "../../rule.ts";

export const aptNoRecommends: Rule = {
  name: "apt-no-recommends",
  codes: ["DL3015"],
  summary: "apt-get install leaves recommended packages out.",
  documentation:
    "Recommended packages are comfort for people at a terminal; `--no-install-recommends` keeps the image small.",
  severity: "info",
  *check(subject) {
    for (const { verb, options } of installs(subject, APT)) {
      if (options.some(({ value }) => /no-install-recommends|Install-Recommends=(?:0|false|no)/i.test(value)))
        continue;
      if (subject.tree.text.includes("APT::Install-Recommends")) continue;
      yield {
        range: verb.range,
        message: "recommended packages are installed too: add --no-install-recommends",
        fixes: [insertFix("Add --no-install-recommends", verb.range.end, " --no-install-recommends", false)],
      };
    }
  },
};
