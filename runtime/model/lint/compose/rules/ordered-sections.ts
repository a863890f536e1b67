import { entriesOf } from "../../../compose/tree.ts";
import { entriesAsSiblings, firstUnordered, type Order } from "../order.ts";
import type { ComposeRule } from "../rule.ts";
import { reorderFix, type Sibling } from "../written.ts";

const NAMES = [
  "version",
  "name",
  "include",
  "x-",
  "services",
  "models",
  "networks",
  "volumes",
  "secrets",
  "configs",
];

function rank({ name }: Sibling): number {
  return NAMES.indexOf(name.startsWith("x-") ? "x-" : name);
}

const ORDER: Order = (left, right) => rank(left) - rank(right);

export const orderedSections: ComposeRule = {
  name: "ordered-sections",
  codes: ["top-level-properties-order"],
  summary: "The sections of the file are in a fixed order",
  documentation:
    "A matter of style: name, include, extensions with their anchors, services, then what services use. Off by default.",
  severity: "off",
  scope: "file",
  *check({ root, text }) {
    const siblings = entriesAsSiblings(entriesOf(root), root.place.range);
    const wrong = firstUnordered(siblings, ORDER);
    if (wrong === undefined) return;
    const fix = reorderFix(text, siblings, siblings.toSorted(ORDER), "Put the sections in order");
    yield {
      range: { start: wrong.start, end: wrong.start + wrong.name.length },
      message: `section "${wrong.name}" stands after sections that come later`,
      fixes: fix === undefined ? [] : [fix],
    };
  },
};
