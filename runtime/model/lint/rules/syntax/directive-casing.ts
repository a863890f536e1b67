import { directiveNames } from "../../../dockerfile/vocabulary.ts";
import { directiveLines } from "../../directives.ts";
import { type Rule, replaceFix } from "../../rule.ts";

export const directiveCasing: Rule = {
  name: "directive-casing",
  codes: ["CASING_DIRECTIVE"],
  summary: "Parser directives are written in lower case.",
  documentation: "`# escape=` and `# syntax=` are understood in any case; lower case is the convention.",
  severity: "warning",
  *check({ tree }) {
    for (const { name, nameRange } of directiveLines(tree)) {
      const lower = name.toLowerCase();
      if (!directiveNames.includes(lower)) return;
      if (name === lower) continue;
      yield {
        range: nameRange,
        message: `directive ${name} should be lower case`,
        fixes: [replaceFix(`Write ${lower}`, nameRange, lower, true)],
      };
    }
  },
};
