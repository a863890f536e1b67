import type { Rule } from "../../rule.ts";

export const healthcheckMissing: Rule = {
  name: "healthcheck-missing",
  codes: ["DL3057"],
  summary: "The image has a HEALTHCHECK.",
  documentation:
    "With one the engine knows whether the program answers, not only that it runs. Off by default.",
  severity: "off",
  *check({ tree }) {
    const last = tree.stages[tree.stages.length - 1];
    if (last === undefined || tree.instructions.some(({ name }) => name === "HEALTHCHECK")) return;
    yield { range: last.from.keyword.range, message: "the image has no HEALTHCHECK" };
  },
};
