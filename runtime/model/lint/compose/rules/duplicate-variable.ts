import { child } from "../../../compose/tree.ts";
import type { ComposeRule } from "../rule.ts";
import { isOwn, linesOfItem, pairsOf, removeLines } from "../written.ts";

export const duplicateVariable: ComposeRule = {
  name: "duplicate-variable",
  codes: [],
  summary: "A variable or label is given one value",
  documentation: "Of several values that a list gives one name, the last wins; the others only mislead.",
  severity: "warning",
  scope: "service",
  *check(service) {
    for (const key of ["environment", "labels"]) {
      const node = child(service.node, key);
      if (node?.kind !== "sequence") continue;
      const pairs = pairsOf(node);
      for (const [index, { name, value, range, node: item }] of pairs.entries()) {
        const later = pairs.slice(index + 1).find((other) => other.name === name && other.value !== value);
        if (later === undefined) continue;
        const lines = isOwn(service, item) ? linesOfItem(service.text, item) : undefined;
        const message = `${key} gives ${name} another value below, which wins`;
        yield { range, message, fixes: removeLines("Remove this one", lines, true) };
      }
    }
  },
};
