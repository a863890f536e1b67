import { labelsOf } from "../../labels.ts";
import type { Rule } from "../../rule.ts";

export const labelEmpty: Rule = {
  name: "label-empty",
  codes: ["DL3051"],
  summary: "Labels of the schema are not empty.",
  documentation: "Active when a label schema is set.",
  severity: "warning",
  *check(subject) {
    const schema = subject.options.labelSchema ?? {};
    for (const { key, value } of labelsOf(subject)) {
      if (Object.hasOwn(schema, key.value) && (value?.value ?? "") === "") {
        yield { range: key.range, message: `label ${key.value} is empty` };
      }
    }
  },
};
