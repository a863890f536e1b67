import { directiveNames } from "../../../dockerfile/vocabulary.ts";
import { directiveLines } from "../../directives.ts";
import { type Rule, replaceFix } from "../../rule.ts";

export const escapeDirective: Rule = {
  name: "escape-directive",
  codes: ["INVALID_ESCAPE_DIRECTIVE", "DUPLICATED_ESCAPE_DIRECTIVE"],
  summary: "There is at most one escape directive, and it names a backslash or a backtick.",
  documentation:
    "`` # escape=` `` lets Windows paths be written as they are. Nothing else can continue a line.",
  severity: "error",
  *check({ tree }) {
    const lines = directiveLines(tree);
    const foreign = lines.findIndex(({ name }) => !directiveNames.includes(name.toLowerCase()));
    const known = foreign < 0 ? lines : lines.slice(0, foreign);
    const [first, ...others] = known.filter(({ name }) => name.toLowerCase() === "escape");
    for (const { nameRange, valueRange, line } of others) {
      yield {
        range: { start: nameRange.start, end: valueRange.end },
        message: "only one escape directive can be used",
        codes: ["DUPLICATED_ESCAPE_DIRECTIVE"],
        fixes: [replaceFix("Remove this directive", line, "", false)],
      };
    }
    if (first === undefined || others.length > 0 || ["", "\\", "`"].includes(first.value)) return;
    yield {
      range: first.valueRange,
      message: `invalid escape character ${first.value}: it must be a backslash or a backtick`,
      codes: ["INVALID_ESCAPE_DIRECTIVE"],
      fixes: [replaceFix("Write a backtick", first.valueRange, "`", false)],
    };
  },
};
