import { labelsOf } from "../../labels.ts";
import type { Rule } from "../../rule.ts";

export const labelMissing: Rule = {
  name: "label-missing",
  codes: ["DL3049"],
  summary: "The image has all labels of the schema.",
  documentation: "Active when a label schema is set.",
  severity: "info",
  *check(subject) {
    const last = subject.tree.stages[subject.tree.stages.length - 1];
    if (last === undefined) return;
    const present = new Set(labelsOf(subject).map(({ key }) => key.value));
    for (const name of Object.keys(subject.options.labelSchema ?? {})) {
      if (!present.has(name)) yield { range: last.from.keyword.range, message: `label ${name} is missing` };
    }
  },
};
