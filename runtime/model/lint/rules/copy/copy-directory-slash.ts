import { insertFix, type Rule } from "../../rule.ts";

export const copyDirectorySlash: Rule = {
  name: "copy-directory-slash",
  codes: ["DL3021", "INVALID_DESTINATION"],
  summary: "The destination of several sources ends with a slash.",
  documentation: "Several files go into a directory, and the builder wants that said: `COPY a b dir/`.",
  severity: "error",
  *check({ tree }) {
    for (const instruction of tree.instructions) {
      if (instruction.name !== "COPY" && instruction.name !== "ADD") continue;
      const { sources, destination, heredocs } = instruction;
      if (destination === undefined || sources.length + heredocs.length < 2) continue;
      if (/[/\\]$|^\.{1,2}$|\/\.$|\$/.test(destination.value)) continue;
      const isQuoted = /^["']/.test(tree.text.slice(destination.range.start));
      const start = destination.range.start + (isQuoted ? 1 : 0);
      const end = destination.range.end - (isQuoted ? 1 : 0);
      yield {
        range: { start, end },
        message: `${destination.value} takes several sources and must end with a slash`,
        fixes: [insertFix("Add a slash", end, "/", true)],
      };
    }
  },
};
