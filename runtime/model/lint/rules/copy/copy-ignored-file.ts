import type { Rule } from "../../rule.ts";

export const copyIgnoredFile: Rule = {
  name: "copy-ignored-file",
  codes: ["CopyIgnoredFile"],
  summary: "COPY does not name what .dockerignore leaves out.",
  documentation: "A path that the ignore file excludes never reaches the builder, so copying it fails.",
  severity: "warning",
  *check({ tree, options }) {
    const { isIgnored } = options;
    if (isIgnored === undefined) return;
    for (const instruction of tree.instructions) {
      if (instruction.name !== "COPY" && instruction.name !== "ADD") continue;
      if (instruction.flags.some(({ name }) => name === "from")) continue;
      for (const { value, range } of instruction.sources) {
        const path = value.replace(/^\.?\/+/, "").replace(/\/+$/, "");
        if (path === "" || path === "." || /[$*?[]|:\/\//.test(path) || !isIgnored(path)) continue;
        yield { range, message: `${value} is left out of the build context by the ignore file` };
      }
    }
  },
};
