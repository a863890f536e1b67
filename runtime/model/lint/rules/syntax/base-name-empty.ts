import { nearest } from "../../../text/nearest.ts";
import { type Rule, replaceFix } from "../../rule.ts";
import { globalNames, variableUses } from "../../variables.ts";

export const baseNameEmpty: Rule = {
  name: "base-name-empty",
  codes: ["BASE_NAME_EMPTY", "UndefinedArgInFrom"],
  summary: "The base image's name is not empty.",
  documentation:
    "FROM knows the ARGs declared before the first FROM and the platform ARGs. A name made of an unknown variable alone is empty, and the build stops.",
  severity: "error",
  *check({ tree }) {
    const known = globalNames(tree);
    for (const { from } of tree.stages) {
      if (from.image === undefined || !/^\$(?:\w+|\{\w+\})$/.test(from.image.value)) continue;
      const [use] = variableUses(tree, from.image.range);
      if (use === undefined || known.has(use.name)) continue;
      const meant = nearest(use.name, known);
      const written = { start: from.image.range.start, end: from.image.range.end };
      yield {
        range: from.image.range,
        message: `base name (${from.image.raw}) is blank: no ARG ${use.name} is declared before the first FROM${meant === undefined ? "" : `, did you mean ${meant}?`}`,
        fixes: meant === undefined ? [] : [replaceFix(`Write $${meant}`, written, `$${meant}`, false)],
      };
    }
  },
};
