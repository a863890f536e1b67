import { everyInstruction } from "../../instructions.ts";
import type { Rule } from "../../rule.ts";

const MAXIMUM = 2 ** 31 - 1;

export const flagRetries: Rule = {
  name: "flag-retries",
  codes: ["FLAG_AT_LEAST_ONE", "INVALID_SYNTAX"],
  summary: "HEALTHCHECK --retries is a whole number of at least one.",
  documentation:
    "So many failures in a row make a container unhealthy; 0 is not none but the default of three.",
  severity: "error",
  *check({ tree }) {
    for (const instruction of everyInstruction(tree)) {
      if (instruction.name !== "HEALTHCHECK") continue;
      for (const { name, value, valueRange } of instruction.flags) {
        if (name !== "retries" || value === undefined || value === "" || valueRange === undefined) continue;
        if (!/^[+-]?\d+$/.test(value) || Math.abs(Number(value)) > MAXIMUM) {
          yield { range: valueRange, message: `${value} is no whole number`, codes: ["INVALID_SYNTAX"] };
        } else if (Number(value) < 1) {
          yield {
            range: valueRange,
            message: `--retries must be at least 1 (not ${Number(value)})`,
            codes: ["FLAG_AT_LEAST_ONE"],
          };
        }
      }
    }
  },
};
