import type { Rule } from "../../rule.ts";
import { programOf } from "../../shell.ts";

export const wgetOrCurl: Rule = {
  name: "wget-or-curl",
  codes: ["DL4001"],
  summary: "A stage uses wget or curl, not both.",
  documentation: "One of the two need not be installed.",
  severity: "warning",
  *check(subject) {
    const used = new Map<number, string>();
    for (const run of subject.runs) {
      for (const command of subject.commands(run)) {
        const program = programOf(command);
        if (program !== "wget" && program !== "curl") continue;
        const first = used.get(run.stage);
        if (first === undefined) used.set(run.stage, program);
        else if (first !== program) {
          yield {
            range: command.words[0]!.range,
            message: `this stage uses ${first} already: use one of the two`,
          };
          used.set(run.stage, program);
        }
      }
    }
  },
};
