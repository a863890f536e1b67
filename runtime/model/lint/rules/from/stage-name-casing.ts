import { type Rule, replaceFix } from "../../rule.ts";

export const stageNameCasing: Rule = {
  name: "stage-name-casing",
  codes: ["StageNameCasing"],
  summary: "Stage names are lower case.",
  documentation:
    "Stage names are compared without case, like instructions; lower case tells them apart from those.",
  severity: "warning",
  *check({ tree }) {
    for (const { from } of tree.stages) {
      const written = from.alias?.value;
      if (from.alias === undefined || written === undefined || written === written.toLowerCase()) continue;
      const lower = written.toLowerCase();
      yield {
        range: from.alias.range,
        message: `stage name ${written} should be lower case`,
        fixes: [replaceFix(`Rename to ${lower}`, from.alias.range, lower, true)],
      };
    }
  },
};
