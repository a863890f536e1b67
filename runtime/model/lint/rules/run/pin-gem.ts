import { GEM, hasOption, installs, unpinned } from "../../install.ts";
import type { Rule } from "../../rule.ts";

export const pinGem: Rule = {
  name: "pin-gem",
  codes: ["DL3028"],
  summary: "Gems have a version.",
  documentation: "Write `gem install name:version`, or `-v version` for a single gem.",
  severity: "warning",
  *check(subject) {
    const versioned = [...installs(subject, GEM)].filter(({ options }) =>
      hasOption(options, "-v", "--version"),
    );
    for (const finding of unpinned(subject, GEM, (value) => /:|\.gem$/.test(value), "name:version")) {
      if (
        versioned.some(
          ({ command }) =>
            command.range.start <= finding.range.start && finding.range.end <= command.range.end,
        )
      )
        continue;
      yield finding;
    }
  },
};
