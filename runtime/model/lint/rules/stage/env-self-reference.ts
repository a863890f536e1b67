import type { Rule } from "../../rule.ts";
import { declaredNames, variableUses } from "../../variables.ts";

export const envSelfReference: Rule = {
  name: "env-self-reference",
  codes: ["DL3044"],
  summary: "ENV does not use a variable that the same ENV defines.",
  documentation:
    "All values of one ENV see the variables as they were before it. Split it into two ENV instructions.",
  severity: "error",
  *check({ tree }) {
    const known = new Set<string>();
    for (const instruction of tree.instructions) {
      if (instruction.name === "FROM") known.clear();
      if (instruction.name === "ENV") {
        const own = instruction.pairs.map(({ key }) => key.value);
        for (const { key, value } of instruction.pairs) {
          if (value === undefined) continue;
          for (const use of variableUses(tree, value.range)) {
            // `PATH=/x:$PATH` continues what the base image set.
            if (use.name === key.value || !own.includes(use.name) || known.has(use.name)) continue;
            yield { range: use.range, message: `${use.name} is not set yet within the ENV that defines it` };
          }
        }
      }
      for (const name of declaredNames(instruction)) known.add(name);
    }
  },
};
