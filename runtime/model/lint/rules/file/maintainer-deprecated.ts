import { type Rule, replaceFix } from "../../rule.ts";

export const maintainerDeprecated: Rule = {
  name: "maintainer-deprecated",
  codes: ["DL4000", "MaintainerDeprecated"],
  summary: "MAINTAINER is deprecated; a label names the author.",
  documentation:
    "Use `LABEL org.opencontainers.image.authors=…`, which tools can read and a child image can change.",
  severity: "warning",
  *check({ tree }) {
    for (const instruction of tree.instructions) {
      if (instruction.name !== "MAINTAINER") continue;
      const author = instruction.argumentText
        .trim()
        .replace(/^"(.*)"$/, "$1")
        .replace(/(["\\])/g, "\\$1");
      const label = `LABEL org.opencontainers.image.authors="${author}"`;
      yield {
        range: instruction.keyword.range,
        message: "MAINTAINER is deprecated: use a label",
        fixes: [replaceFix("Convert to a label", instruction.range, label, true)],
      };
    }
  },
};
