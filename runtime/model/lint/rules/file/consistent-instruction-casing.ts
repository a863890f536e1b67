import { type Rule, replaceFix } from "../../rule.ts";

export const consistentInstructionCasing: Rule = {
  name: "consistent-instruction-casing",
  codes: ["ConsistentInstructionCasing"],
  summary: "All instructions are written in one case.",
  documentation: "Upper or lower case are both right; the file's majority decides, upper case in a draw.",
  severity: "warning",
  *check({ tree }) {
    const keywords = tree.instructions.filter(({ name }) => name !== "UNKNOWN").map(({ keyword }) => keyword);
    const upper = keywords.filter(({ raw }) => raw === raw.toUpperCase()).length;
    const lower = keywords.filter(({ raw }) => raw === raw.toLowerCase()).length;
    const isLower = lower > upper;
    for (const keyword of keywords) {
      const wanted = isLower ? keyword.raw.toLowerCase() : keyword.raw.toUpperCase();
      if (keyword.raw === wanted) continue;
      yield {
        range: keyword.range,
        message: `${keyword.raw} is not written like the other instructions`,
        fixes: [replaceFix(`Write ${wanted}`, keyword.range, wanted, true)],
      };
    }
  },
};
