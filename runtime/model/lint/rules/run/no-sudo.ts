import { type Rule, replaceFix } from "../../rule.ts";
import { programName } from "../../shell.ts";

export const noSudo: Rule = {
  name: "no-sudo",
  codes: ["DL3004"],
  summary: "A build does not use sudo.",
  documentation:
    "A RUN is root unless USER says otherwise. To drop or regain rights change USER, or use gosu or setpriv.",
  severity: "error",
  *check(subject) {
    for (const run of subject.runs) {
      for (const { wrappers, words } of subject.commands(run)) {
        const all = [...wrappers, ...words];
        const at = all.findIndex((word) => programName(word) === "sudo");
        const program = all[at];
        if (program === undefined || at > wrappers.length) continue;
        const next = all[at + 1];
        const range = { start: program.range.start, end: next?.range.start ?? program.range.end };
        const fixes =
          next === undefined || next.value.startsWith("-")
            ? []
            : [replaceFix("Remove sudo", range, "", false)];
        yield { range: program.range, message: "a build needs no sudo: change USER instead", fixes };
      }
    }
  },
};
