import { type Rule, replaceFix } from "../../rule.ts";
import { programOf } from "../../shell.ts";

export const noSudo: Rule = {
  name: "no-sudo",
  codes: ["DL3004"],
  summary: "A build does not use sudo.",
  documentation:
    "A RUN is root unless USER says otherwise. To drop or regain rights change USER, or use gosu or setpriv.",
  severity: "error",
  *check(subject) {
    for (const run of subject.runs) {
      for (const command of subject.commands(run)) {
        const [program, next] = command.words;
        if (program === undefined || programOf(command) !== "sudo") continue;
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
