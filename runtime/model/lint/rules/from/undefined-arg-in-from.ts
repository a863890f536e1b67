import { type Rule, replaceFix } from "../../rule.ts";
import { declaredNames, nearest, PLATFORM_ARGS, variableUses } from "../../variables.ts";

export const undefinedArgInFrom: Rule = {
  name: "undefined-arg-in-from",
  codes: ["UndefinedArgInFrom"],
  summary: "FROM uses only ARGs declared before the first FROM.",
  documentation:
    "In FROM only ARGs before the first FROM and the platform ARGs are known; everything else is empty.",
  severity: "warning",
  *check({ tree }) {
    const known = new Set([...PLATFORM_ARGS, ...tree.globalArgs.flatMap(declaredNames)]);
    for (const { from } of tree.stages) {
      for (const use of variableUses(tree, from.range)) {
        if (known.has(use.name) || use.hasFallback) continue;
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
