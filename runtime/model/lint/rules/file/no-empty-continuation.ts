import { type Rule, replaceFix } from "../../rule.ts";

export const noEmptyContinuation: Rule = {
  name: "no-empty-continuation",
  codes: ["NoEmptyContinuation"],
  summary: "A continued instruction has no empty line inside.",
  documentation:
    "An empty line after a continuation is joined today and will end the instruction in a future release.",
  severity: "warning",
  *check({ tree }) {
    for (const { range, heredocs } of tree.instructions) {
      const end = Math.min(range.end, ...heredocs.map((heredoc) => heredoc.range.start));
      const text = tree.text.slice(range.start, end);
      for (const match of text.matchAll(/\n((?:[ \t]*\r?\n)+)/g)) {
        const start = range.start + match.index + 1;
        const blank = { start, end: start + match[1]!.length };
        if (blank.end >= end) continue;
        yield {
          range: blank,
          message: "empty line inside a continued instruction",
          fixes: [replaceFix("Remove the empty line", blank, "", true)],
        };
      }
    }
  },
};
