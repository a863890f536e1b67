import { child, entriesOf } from "../../../compose/tree.ts";
import { byName, entriesAsSiblings, firstUnordered } from "../order.ts";
import type { ComposeRule } from "../rule.ts";
import { reorderFix } from "../written.ts";

export const orderedServices: ComposeRule = {
  name: "ordered-services",
  codes: ["services-alphabetical-order"],
  summary: "Services are in alphabetical order",
  documentation: "A matter of style: a fixed order makes services easier to find. Off by default.",
  severity: "off",
  scope: "file",
  *check({ root, text }) {
    const services = child(root, "services");
    if (services === undefined) return;
    const siblings = entriesAsSiblings(entriesOf(services), services.place.range);
    const wrong = firstUnordered(siblings, byName);
    if (wrong === undefined) return;
    const fix = reorderFix(text, siblings, siblings.toSorted(byName), "Put the services in order");
    yield {
      range: { start: wrong.start, end: wrong.start + wrong.name.length },
      message: `service "${wrong.name}" is not in alphabetical order`,
      fixes: fix === undefined ? [] : [fix],
    };
  },
};
