import { parseReference } from "../../../reference.ts";
import { everyInstruction } from "../../instructions.ts";
import type { Rule } from "../../rule.ts";

export const flagFrom: Rule = {
  name: "flag-from",
  codes: ["FLAG_INVALID_FROM_VALUE"],
  summary: "COPY --from names a stage or an image.",
  documentation:
    "A stage by name or number, a named context, or an image. Variables are not expanded there: name a stage `FROM $IMAGE AS tools` and copy from it.",
  severity: "error",
  *check({ tree }) {
    for (const instruction of everyInstruction(tree)) {
      if (instruction.name !== "COPY") continue;
      for (const { name, value, range, valueRange } of instruction.flags) {
        if (name !== "from" || value === undefined || valueRange === undefined) continue;
        if (value === "") yield { range, message: "--from names no stage and no image" };
        else if (value.includes("$")) {
          yield {
            range: valueRange,
            message: "variables are not expanded in --from: name a stage for the image",
          };
        } else if (!/^\d+$/.test(value) && parseReference(value.toLowerCase()).problem !== undefined) {
          yield {
            range: valueRange,
            message: `invalid from flag value ${value}: no stage and no image can have that name`,
          };
        }
      }
    }
  },
};
