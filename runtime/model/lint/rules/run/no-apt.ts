import { type Rule, replaceFix } from "../../rule.ts";
import { argumentsOf } from "../../shell.ts";

/** Subcommands that mean the same in both programs. */
const SAME = new Set(["install", "update", "remove", "purge", "autoremove", "clean", "autoclean"]);

export const noApt: Rule = {
  name: "no-apt",
  codes: ["DL3027"],
  summary: "Builds use apt-get, not apt.",
  documentation: "apt is for people: its command line and output may change. apt-get is the stable one.",
  severity: "warning",
  *check(subject) {
    for (const { command } of subject.calls("apt")) {
      const program = command.words[0];
      if (program === undefined) continue;
      const verb = argumentsOf(command).find(({ value }) => !value.startsWith("-"))?.value ?? "";
      yield {
        range: program.range,
        message: "apt is made for people at a terminal: use apt-get",
        fixes: [
          replaceFix("Use apt-get", program.range, program.raw.replace(/apt$/, "apt-get"), SAME.has(verb)),
        ],
      };
    }
  },
};
