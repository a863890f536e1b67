import { BOOLEAN_FLAGS } from "../../flags.ts";
import { everyInstruction } from "../../instructions.ts";
import { type Rule, replaceFix } from "../../rule.ts";

export const flagBoolean: Rule = {
  name: "flag-boolean",
  codes: ["FLAG_EXPECTED_BOOLEAN_VALUE"],
  summary: "A flag that is on or off is true or false.",
  documentation: "`--link` alone means true; any value but `true` and `false` stops the build.",
  severity: "error",
  *check({ tree }) {
    for (const instruction of everyInstruction(tree)) {
      if (instruction.name !== "COPY" && instruction.name !== "ADD") continue;
      for (const { name, value, valueRange } of instruction.flags) {
        if (!BOOLEAN_FLAGS.has(name) || value === undefined || valueRange === undefined) continue;
        if (/^(?:true|false|)$/i.test(value)) continue;
        yield {
          range: valueRange,
          message: `--${name} is true or false, not ${value}`,
          fixes: /^(?:1|yes|on)$/i.test(value) ? [replaceFix("Write true", valueRange, "true", false)] : [],
        };
      }
    }
  },
};
