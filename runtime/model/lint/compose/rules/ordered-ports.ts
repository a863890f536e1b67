import { child, textOf } from "../../../compose/tree.ts";
import { firstUnordered, type Order } from "../order.ts";
import type { ComposeRule } from "../rule.ts";
import { reorderFix } from "../written.ts";

/** By the numbers, not the letters: 80 comes before 443. */
const ORDER: Order = (left, right) => left.name.localeCompare(right.name, "en", { numeric: true });

export const orderedPorts: ComposeRule = {
  name: "ordered-ports",
  codes: ["service-ports-alphabetical-order"],
  summary: "Ports are in order",
  documentation: "A matter of style: ports in the order of their numbers. Off by default.",
  severity: "off",
  scope: "service",
  *check({ node, text }) {
    const ports = child(node, "ports");
    if (ports?.kind !== "sequence" || ports.items.some((item) => textOf(item) === undefined)) return;
    const siblings = ports.items.map((item) => ({
      ...{ name: textOf(item) ?? "", start: item.place.range.start, end: item.place.range.end },
    }));
    const wrong = firstUnordered(siblings, ORDER);
    if (wrong === undefined) return;
    const fix = reorderFix(text, siblings, siblings.toSorted(ORDER), "Put the ports in order");
    yield {
      range: { start: wrong.start, end: wrong.end },
      message: `port ${wrong.name} is not in order`,
      fixes: fix === undefined ? [] : [fix],
    };
  },
};
