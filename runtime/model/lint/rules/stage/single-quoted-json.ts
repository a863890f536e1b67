import { everyInstruction } from "../../instructions.ts";
import { singleQuotedJson } from "../../json-form.ts";
import { type Rule, replaceFix } from "../../rule.ts";

export const singleQuotedJsonForm: Rule = {
  name: "single-quoted-json",
  codes: ["JSON_IN_SINGLE_QUOTES"],
  summary: "A JSON array has double quotes.",
  documentation:
    "`['npm', 'start']` is not JSON: the whole text is given to the shell, which looks for a program named `[npm,`.",
  severity: "error",
  *check({ tree }) {
    for (const instruction of everyInstruction(tree)) {
      // The parser calls it an error in SHELL, which has no other form.
      if (instruction.name === "SHELL") continue;
      const found = singleQuotedJson(tree.text, instruction);
      if (found === undefined) continue;
      yield {
        range: found.range,
        message: `single quotes make this no JSON array: the shell would run it as text`,
        // The text as written can never run, so the fix counts as safe.
        fixes: [replaceFix("Use double quotes", found.range, found.json, true)],
      };
    }
  },
};
