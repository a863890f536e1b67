import type { Dockerfile } from "../../../dockerfile/types.ts";
import { type Rule, replaceFix } from "../../rule.ts";

export const noEmptyContinuation: Rule = {
  name: "no-empty-continuation",
  codes: ["NoEmptyContinuation", "EMPTY_CONTINUATION_LINE"],
  summary: "A continued instruction has no empty line inside.",
  documentation:
    "An empty line after a continuation is joined today and will end the instruction in a future release.",
  severity: "warning",
  *check({ tree }) {
    for (const { range, heredocs } of tree.instructions) {
      const end = Math.min(trailingEnd(tree, range.end), ...heredocs.map((heredoc) => heredoc.range.start));
      const text = tree.text.slice(range.start, end);
      for (const match of text.matchAll(/\n((?:[ \t]*\r?\n)+|[ \t]+$)/g)) {
        const start = range.start + match.index + 1;
        const blank = { start, end: start + match[1]!.length };
        yield {
          range: blank,
          message: "empty line inside a continued instruction",
          fixes: [replaceFix("Remove the empty line", blank, "", true)],
        };
      }
    }
  },
};

/** Where the instruction ends, or the empty lines behind it when its last line says that it goes on. */
function trailingEnd(tree: Dockerfile, end: number): number {
  const { text } = tree;
  const line = text.slice(text.lastIndexOf("\n", end - 1) + 1, end).trimEnd();
  const isContinued = line.endsWith(tree.escape) && !line.startsWith("#");
  const blank = isContinued ? /^[ \t]*\r?\n(?:[ \t]*(?:\r?\n|$))+/.exec(text.slice(end)) : null;
  return end + (blank?.[0].length ?? 0);
}
