import type { Rule } from "../../rule.ts";

export const exitCodeMasked: Rule = {
  name: "exit-code-masked",
  codes: ["SC2155"],
  summary: "A failing command within export is noticed.",
  documentation:
    "The exit status of `export A=$(command)` is that of export: the build goes on when the command failed. Assign first, then export.",
  severity: "warning",
  *check(subject) {
    for (const { command } of subject.calls("export", "local", "declare", "readonly")) {
      for (const { raw, range } of command.words.slice(1)) {
        if (!/^\w+=.*(?:\$\((?!\()|`)/s.test(raw)) continue;
        yield {
          range,
          message: `when the command in it fails nobody notices: assign first, ${command.program} afterwards`,
        };
      }
    }
  },
};
