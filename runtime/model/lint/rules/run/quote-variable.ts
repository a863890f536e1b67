import { type Rule, replaceFix } from "../../rule.ts";

export const quoteVariable: Rule = {
  name: "quote-variable",
  codes: ["SC2086"],
  summary: "Paths in variables are quoted.",
  documentation:
    "Without quotes a value with blanks becomes several words, and an empty one none. ShellCheck reports every variable; Berth reports those that `rm`, `cp`, `mv`, `cd`, `chown` and `chmod` take for a path, where the wrong file is hit.",
  severity: "hint",
  *check(subject) {
    for (const { command } of subject.calls("rm", "cp", "mv", "cd", "chown", "chmod")) {
      for (const { raw, range } of command.words.slice(1)) {
        // Quotes in a part, patterns and commands within are somebody's deliberate work.
        if (!/\$(?:\w|\{)/.test(raw) || /["'`*?[\\\n]|\$\(/.test(raw)) continue;
        yield {
          range,
          message: `${raw} splits at blanks: quote it`,
          fixes: [replaceFix("Quote it", range, `"${raw}"`, false)],
        };
      }
    }
  },
};
