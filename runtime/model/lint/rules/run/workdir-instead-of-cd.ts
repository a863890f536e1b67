import type { Rule } from "../../rule.ts";

export const workdirInsteadOfCd: Rule = {
  name: "workdir-instead-of-cd",
  codes: ["DL3003"],
  summary: "WORKDIR changes the directory.",
  documentation:
    "A `cd` ends with its RUN. hadolint reports every `cd`; Berth reports only one that begins a RUN, where WORKDIR says the same.",
  severity: "warning",
  *check(subject) {
    for (const run of subject.runs) {
      const first = subject.commands(run)[0];
      if (first === undefined || first.program !== "cd" || run.heredocs.length > 0 || first.before === "(")
        continue;
      yield { range: first.range, message: "the directory is forgotten after this RUN: use WORKDIR" };
    }
  },
};
