import type { Rule } from "../../rule.ts";

export const numericUser: Rule = {
  name: "numeric-user",
  codes: ["DL3066"],
  summary: "USER is a number.",
  documentation:
    "A host cannot look up the image's user names; `runAsNonRoot` of Kubernetes, for one, needs a number.",
  severity: "hint",
  *check({ tree }) {
    for (const instruction of tree.instructions) {
      const word = instruction.name === "USER" ? instruction.words[0] : undefined;
      if (word === undefined || /^\d|\$/.test(word.value)) continue;
      yield {
        range: word.range,
        message: `the host cannot resolve the name ${word.value}: a number is understood everywhere`,
      };
    }
  },
};
