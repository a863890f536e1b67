import type { Rule } from "../../rule.ts";

export const copyWholeFilesystem: Rule = {
  name: "copy-whole-filesystem",
  codes: ["DL3067"],
  summary: "COPY --from does not copy the whole file system.",
  documentation:
    "`COPY --from=x / /` brings build tools and caches along. Copy what is needed, or build on the stage.",
  severity: "warning",
  *check({ tree }) {
    for (const instruction of tree.instructions) {
      if (instruction.name !== "COPY" || !instruction.flags.some(({ name }) => name === "from")) continue;
      const root = instruction.sources.find(({ value }) => value === "/");
      if (root === undefined || instruction.destination?.value !== "/") continue;
      // Flattening into an empty image is the one use this is made for.
      if (tree.stages[instruction.stage]?.from.image?.value === "scratch") continue;
      yield { range: root.range, message: "the stage's whole file system is copied" };
    }
  },
};
