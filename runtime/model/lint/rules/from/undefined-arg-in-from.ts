import { nearest } from "../../../text/nearest.ts";
import { type Rule, replaceFix } from "../../rule.ts";
import { globalNames, variableUses } from "../../variables.ts";

export const undefinedArgInFrom: Rule = {
  name: "undefined-arg-in-from",
  codes: ["UndefinedArgInFrom"],
  summary: "FROM uses only ARGs declared before the first FROM.",
  documentation:
    "In FROM only ARGs before the first FROM and the platform ARGs are known; everything else is empty.",
  severity: "warning",
  *check({ tree }) {
    const known = globalNames(tree);
    for (const { from } of tree.stages) {
      const platform = from.flags.find(({ name }) => name === "platform")?.valueRange;
      const places = [platform, from.image?.range].filter((range) => range !== undefined);
      for (const use of places.flatMap((range) => variableUses(tree, range))) {
        if (known.has(use.name) || use.hasFallback) continue;
        // A name that is this variable alone is blank, and another rule's.
        if (use.range.start === from.image?.range.start && use.range.end === from.image.range.end) continue;
        const meant = nearest(use.name, known);
        const nameStart = use.range.end - use.name.length;
        const fixes =
          meant === undefined
            ? []
            : [replaceFix(`Write ${meant}`, { start: nameStart, end: use.range.end }, meant, false)];
        const hint = meant === undefined ? "" : `: did you mean ${meant}?`;
        yield {
          range: use.range,
          message: `no ARG ${use.name} is declared before the first FROM${hint}`,
          fixes,
        };
      }
    }
  },
};
