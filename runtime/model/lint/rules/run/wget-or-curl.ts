import type { Rule } from "../../rule.ts";

export const wgetOrCurl: Rule = {
  name: "wget-or-curl",
  codes: ["DL4001"],
  summary: "A stage uses wget or curl, not both.",
  documentation: "One of the two need not be installed.",
  severity: "warning",
  *check(subject) {
    const used = new Map<number, string>();
    for (const { run, command } of subject.calls("wget", "curl")) {
      const { program } = command;
      const first = used.get(run.stage);
      if (first !== undefined && first !== program) {
        const message = `this stage uses ${first} already: use one of the two`;
        yield { range: command.words[0]!.range, message };
      }
      used.set(run.stage, program);
    }
  },
};
