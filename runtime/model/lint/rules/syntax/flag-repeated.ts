import { nameRangeOf } from "../../flags.ts";
import { everyInstruction } from "../../instructions.ts";
import { type Rule, replaceFix } from "../../rule.ts";

/** Flags that may stand several times. */
const LISTS = new Set(["mount", "exclude", "device"]);

export const flagRepeated: Rule = {
  name: "flag-repeated",
  codes: ["FLAG_DUPLICATE"],
  summary: "A flag stands once.",
  documentation:
    "The builder refuses an instruction that sets one flag twice; only `--mount`, `--exclude` and `--device` may be repeated.",
  severity: "error",
  *check({ tree }) {
    for (const { flags } of everyInstruction(tree)) {
      for (const flag of flags) {
        if (LISTS.has(flag.name) || flag.name === "") continue;
        const all = flags.filter(({ name }) => name === flag.name);
        if (all.length < 2) continue;
        const { start, end } = flag.range;
        const blank = /^[ \t]*/.exec(tree.text.slice(end))![0].length;
        yield {
          range: nameRangeOf(flag),
          message: `--${flag.name} stands ${all.length} times`,
          fixes:
            flag === all[0] ? [] : [replaceFix("Remove this flag", { start, end: end + blank }, "", false)],
        };
      }
    }
  },
};
