import type { Rule } from "../../rule.ts";

const RESERVED = new Set(["scratch", "context"]);

export const reservedStageName: Rule = {
  name: "reserved-stage-name",
  codes: ["DL3063", "ReservedStageName"],
  summary: "A stage is not named scratch or context.",
  documentation:
    "`scratch` is the empty image and `context` the build context: a stage of that name cannot be reached.",
  severity: "error",
  *check({ tree }) {
    for (const { name, from } of tree.stages) {
      if (name === undefined || from.alias === undefined || !RESERVED.has(name)) continue;
      yield { range: from.alias.range, message: `${name} is a reserved word and cannot name a stage` };
    }
  },
};
