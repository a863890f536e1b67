import type { Rule } from "../../rule.ts";

export const noInlineIgnore: Rule = {
  name: "no-inline-ignore",
  codes: ["DL1001"],
  summary: "No hadolint ignore comments.",
  documentation: "For projects that want every exception in the settings. Off by default.",
  severity: "off",
  *check({ tree }) {
    for (const comment of tree.comments) {
      if (!/^\s*#\s*hadolint\s+(?:global\s+)?ignore/i.test(tree.text.slice(comment.start, comment.end)))
        continue;
      yield { range: comment, message: "exceptions belong in the project's settings" };
    }
  },
};
