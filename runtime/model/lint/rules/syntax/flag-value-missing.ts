import { instructionFlags } from "../../../dockerfile/vocabulary.ts";
import { BOOLEAN_FLAGS, nameRangeOf } from "../../flags.ts";
import { everyInstruction } from "../../instructions.ts";
import { type Rule, replaceFix } from "../../rule.ts";

export const flagValueMissing: Rule = {
  name: "flag-value-missing",
  codes: ["FLAG_MISSING_VALUE"],
  summary: "A flag that takes a value has one.",
  documentation: "The value stands behind an equals sign: `--chown=app`, not `--chown app`.",
  severity: "error",
  *check({ tree }) {
    for (const instruction of everyInstruction(tree)) {
      if (instruction.name === "UNKNOWN") continue;
      const known = instructionFlags[instruction.name] ?? [];
      for (const flag of instruction.flags) {
        if (flag.value !== undefined || BOOLEAN_FLAGS.has(flag.name) || !known.includes(flag.name)) continue;
        const blank = /^[ \t]+(?=[^\s-])/.exec(tree.text.slice(flag.range.end, flag.range.end + 20));
        const gap = { start: flag.range.end, end: flag.range.end + (blank?.[0].length ?? 0) };
        yield {
          range: nameRangeOf(flag),
          message: `--${flag.name} needs a value: --${flag.name}=…`,
          fixes:
            blank === null || instruction.name === "FROM"
              ? []
              : [replaceFix("Put an equals sign between", gap, "=", false)],
        };
      }
    }
  },
};
