import { expandWord } from "../../../dockerfile/expand.ts";
import type { Dockerfile, Instruction, Word } from "../../../dockerfile/types.ts";
import type { OffsetRange } from "../../../text/problem.ts";
import { everyInstruction } from "../../instructions.ts";
import { type Finding, insertFix, type Rule } from "../../rule.ts";

export const openQuote: Rule = {
  name: "open-quote",
  codes: ["SYNTAX_MISSING_DOUBLE_QUOTE", "SYNTAX_MISSING_SINGLE_QUOTE"],
  summary: "Every quote is closed.",
  documentation:
    "The builder reads to the end of the instruction for the closing quote and then stops the build. It reads the strings of a JSON array the same way: there a quote of the file's name is written `\\\\'`.",
  severity: "error",
  *check({ tree }) {
    for (const instruction of everyInstruction(tree)) {
      for (const word of expandedWords(instruction)) {
        const finding = judge(tree, word);
        if (finding !== undefined) yield finding;
      }
    }
  },
};

function judge(tree: Dockerfile, { raw, range }: Word): Finding | undefined {
  if (!raw.includes('"') && !raw.includes("'")) return undefined;
  const { problem } = expandWord(raw, () => "x", { escape: tree.escape });
  const kind = /matching (single|double)-quote/.exec(problem ?? "")?.[1];
  if (kind === undefined) return undefined;
  const quote = kind === "single" ? "'" : '"';
  return {
    range,
    message: `no closing ${quote} is there`,
    codes: [kind === "single" ? "SYNTAX_MISSING_SINGLE_QUOTE" : "SYNTAX_MISSING_DOUBLE_QUOTE"],
    fixes: isJson(tree, range) ? [] : [insertFix(`Add ${quote}`, range.end, quote, false)],
  };
}

/** A string of a JSON array stands behind its bracket or a comma. */
function isJson({ text }: Dockerfile, { start }: OffsetRange): boolean {
  return text[start] === '"' && /[[,]\s*$/.test(text.slice(Math.max(0, start - 200), start));
}

function expandedWords(instruction: Instruction): readonly Word[] {
  switch (instruction.name) {
    case "ENV":
    case "LABEL":
    case "ARG":
      return instruction.pairs.flatMap(({ key, value }) => (value === undefined ? [key] : [key, value]));
    case "COPY":
    case "ADD":
      return [
        ...instruction.sources,
        ...(instruction.destination === undefined ? [] : [instruction.destination]),
      ];
    case "WORKDIR":
    case "USER":
    case "EXPOSE":
    case "STOPSIGNAL":
      return instruction.words;
    case "VOLUME":
      return instruction.isJson ? [] : instruction.words;
    default:
      return [];
  }
}
