import { labelsOf } from "../../labels.ts";
import type { Rule } from "../../rule.ts";

export const labelSuperfluous: Rule = {
  name: "label-superfluous",
  codes: ["DL3050"],
  summary: "The image has no labels but those of the schema.",
  documentation: "Active when a label schema is set and said to be strict.",
  severity: "info",
  *check(subject) {
    const { labelSchema, hasStrictLabels } = subject.options;
    if (labelSchema === undefined || hasStrictLabels !== true) return;
    for (const { key } of labelsOf(subject)) {
      if (!Object.hasOwn(labelSchema, key.value))
        yield { range: key.range, message: `label ${key.value} is not in the schema` };
    }
  },
};
