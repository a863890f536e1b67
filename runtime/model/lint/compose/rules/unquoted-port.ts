import { child } from "../../../compose/tree.ts";
import { replaceFix } from "../../rule.ts";
import type { ComposeRule } from "../rule.ts";

export const unquotedPort: ComposeRule = {
  name: "unquoted-port",
  codes: [],
  summary: "Ports that older YAML reads as a number to base 60 are in quotes",
  documentation:
    "YAML 1.1 reads `22:22` as 1342: digits below 60 behind a colon are a number to base 60. Quotes keep it a text for every reader.",
  severity: "warning",
  scope: "service",
  *check({ node, text }) {
    const ports = child(node, "ports");
    if (ports?.kind !== "sequence") return;
    for (const { place } of ports.items) {
      const { range } = place;
      const written = text.slice(range.start, range.end);
      if (!/^\d+(?::[0-5]?\d)+$/.test(written)) continue;
      const message = `older YAML readers take ${written} for a number to base 60: write it in quotes`;
      yield { range, message, fixes: [replaceFix("Put it in quotes", range, `"${written}"`, true)] };
    }
  },
};
