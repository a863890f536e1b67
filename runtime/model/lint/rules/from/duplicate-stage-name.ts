import type { Rule } from "../../rule.ts";

export const duplicateStageName: Rule = {
  name: "duplicate-stage-name",
  codes: ["DL3024", "DuplicateStageName", "DUPLICATE_BUILD_STAGE_NAME"],
  summary: "A stage's name is its own.",
  documentation:
    "Of two stages with one name the later hides the earlier: `COPY --from` and `--target` reach only that one. BuildKit warns and builds; hadolint and the classic builder call it an error, and so does Berth.",
  severity: "error",
  *check({ tree }) {
    const names = new Set<string>();
    for (const { name, from } of tree.stages) {
      if (name === undefined || from.alias === undefined) continue;
      if (names.has(name)) {
        const message = `the stage name "${name}" is used twice; the later stage hides the earlier`;
        yield { range: from.alias.range, message };
      }
      names.add(name);
    }
  },
};
