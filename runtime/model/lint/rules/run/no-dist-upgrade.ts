import type { Rule } from "../../rule.ts";
import { argumentsOf } from "../../shell.ts";

export const noDistUpgrade: Rule = {
  name: "no-dist-upgrade",
  codes: ["DL3035"],
  summary: "A build does not upgrade the distribution.",
  documentation:
    "`zypper dist-upgrade` makes the image something else than its base says. Take a newer base image.",
  severity: "warning",
  *check(subject) {
    for (const { command } of subject.calls("zypper")) {
      const verb = argumentsOf(command).find(({ value }) => value === "dist-upgrade" || value === "dup");
      if (verb !== undefined)
        yield {
          range: verb.range,
          message: "take a newer base image instead of upgrading the distribution",
        };
    }
  },
};
