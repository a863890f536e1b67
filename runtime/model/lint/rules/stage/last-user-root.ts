import type { Rule } from "../../rule.ts";

export const lastUserRoot: Rule = {
  name: "last-user-root",
  codes: ["DL3002"],
  summary: "The image does not end with USER root.",
  documentation:
    "Whoever breaks out of a root process has more to work with. Go back to an ordinary user at the end.",
  severity: "warning",
  *check({ tree }) {
    const last = tree.stages[tree.stages.length - 1];
    const user = last?.instructions.findLast(({ name }) => name === "USER");
    const word = user?.name === "USER" ? user.words[0] : undefined;
    if (word === undefined || !/^(?:root|0)(?::|$)/.test(word.value)) return;
    yield { range: word.range, message: "containers of this image run as root: end with an ordinary user" };
  },
};
