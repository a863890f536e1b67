import { type Rule, replaceFix } from "../../rule.ts";

export const spacedAssignment: Rule = {
  name: "spaced-assignment",
  codes: ["SC1068", "SC2283"],
  summary: "An assignment has no blanks around its equals sign.",
  documentation: "`NAME = value` runs a program called NAME.",
  severity: "error",
  *check(subject) {
    for (const run of subject.runs) {
      for (const { words, range } of subject.commands(run)) {
        const [name, equals, value] = words;
        if (equals?.raw !== "=" || name === undefined || !/^[A-Za-z_]\w*$/.test(name.raw)) continue;
        const end = value?.range.end ?? equals.range.end;
        const fixed = `${name.raw}=${value?.raw ?? ""}`;
        yield {
          range: { start: range.start, end },
          message: `the shell takes ${name.raw} for a program: write ${name.raw}=…`,
          fixes: [replaceFix("Remove the blanks", { start: name.range.start, end }, fixed, false)],
        };
      }
    }
  },
};
