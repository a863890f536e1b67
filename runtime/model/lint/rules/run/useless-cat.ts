import type { Rule } from "../../rule.ts";

export const uselessCat: Rule = {
  name: "useless-cat",
  codes: ["SC2002"],
  summary: "A program reads its file itself.",
  documentation: "`cat file | program` is `program < file`, and a missing file is then noticed.",
  severity: "hint",
  *check(subject) {
    for (const { command } of subject.calls("cat")) {
      const [, file, ...more] = command.words;
      const isOne = file !== undefined && more.length === 0 && !/^-|[*?[$]/.test(file.raw);
      if (!isOne || command.after !== "|" || command.before === "|") continue;
      yield { range: command.range, message: `no cat is needed: let the next program read < ${file.raw}` };
    }
  },
};
