import { child, entriesOf, type TreeNode, textOf } from "../../../compose/tree.ts";
import { byName, firstUnordered } from "../order.ts";
import type { ComposeRule } from "../rule.ts";
import { reorderFix, type Sibling } from "../written.ts";

export const orderedDependencies: ComposeRule = {
  name: "ordered-dependencies",
  codes: ["service-dependencies-alphabetical-order"],
  summary: "Dependencies are in alphabetical order",
  documentation: "A matter of style: a fixed order makes changes easier to read. Off by default.",
  severity: "off",
  scope: "service",
  *check({ node, text }) {
    const dependencies = child(node, "depends_on");
    const siblings = siblingsOf(dependencies);
    const wrong = firstUnordered(siblings, byName);
    if (dependencies === undefined || wrong === undefined) return;
    const fix = reorderFix(text, siblings, siblings.toSorted(byName), "Put the dependencies in order");
    yield {
      range: { start: wrong.start, end: wrong.start + wrong.name.length },
      message: `dependency "${wrong.name}" is not in alphabetical order`,
      fixes: fix === undefined ? [] : [fix],
    };
  },
};

function siblingsOf(node: TreeNode | undefined): readonly Sibling[] {
  if (node?.kind === "sequence") {
    return node.items.map((item) => ({
      ...{ name: textOf(item) ?? "", start: item.place.range.start, end: item.place.range.end },
    }));
  }
  return entriesOf(node).map(({ key, keyPlace, value }) => ({
    ...{ name: key, start: keyPlace.range.start, end: Math.max(keyPlace.range.end, value.place.range.end) },
  }));
}
