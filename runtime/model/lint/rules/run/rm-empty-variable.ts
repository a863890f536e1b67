import type { Rule } from "../../rule.ts";
import { argumentsOf } from "../../shell.ts";

export const rmEmptyVariable: Rule = {
  name: "rm-empty-variable",
  codes: ["SC2115"],
  summary: "No rm that removes everything when a variable is empty.",
  documentation: 'When the variable is empty `rm -rf "$DIR/"*` is `rm -rf /*`. `"${DIR:?}/"*` stops instead.',
  severity: "warning",
  *check(subject) {
    for (const { command } of subject.calls("rm")) {
      const words = argumentsOf(command);
      if (!words.some(({ value }) => /^-\w*[rR]|^--recursive$/.test(value))) continue;
      for (const { raw, range } of words) {
        const bare = /^"?\$(?:(\w+)|\{(\w+)\})"?\/(?:\*|\w+)?"?\*?$/.exec(raw);
        if (bare === null) continue;
        const name = bare[1] ?? bare[2];
        yield {
          range,
          message: `this removes from / when ${name} is empty: write \${${name}:?}`,
        };
      }
    }
  },
};
