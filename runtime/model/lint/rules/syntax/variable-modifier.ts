import type { Instruction } from "../../../dockerfile/types.ts";
import { everyInstruction } from "../../instructions.ts";
import type { Rule } from "../../rule.ts";
import { argumentsRange } from "../../variables.ts";

/** Their text belongs to the shell, which knows more. */
const SHELL: ReadonlySet<Instruction["name"]> = new Set([
  "RUN",
  "CMD",
  "ENTRYPOINT",
  "HEALTHCHECK",
  "SHELL",
  "ONBUILD",
]);

export const variableModifier: Rule = {
  name: "variable-modifier",
  codes: ["UNSUPPORTED_MODIFIER"],
  summary: "A variable's modifier is one the builder knows.",
  documentation:
    "`${name:-word}`, `${name:+word}` and `${name:?word}`, each also without the colon; `#`, `##`, `%`, `%%` and `/`.",
  severity: "error",
  *check({ tree }) {
    for (const instruction of everyInstruction(tree)) {
      if (SHELL.has(instruction.name)) continue;
      const { start, end } = argumentsRange(instruction);
      for (const match of tree.text.slice(start, end).matchAll(/(\\.|`.|'[^'\n]*')|(\$\{\w+:)([^-+?]|$)/g)) {
        const [, skipped, opening, modifier = ""] = match;
        if (skipped !== undefined || opening === undefined) continue;
        const at = start + match.index;
        const range =
          modifier === "}" || modifier === ""
            ? { start: at, end: at + opening.length + modifier.length }
            : { start: at + opening.length, end: at + opening.length + 1 };
        yield {
          range,
          message: `unsupported modifier (${modifier === "}" ? "" : modifier}) in substitution`,
        };
      }
    }
  },
};
