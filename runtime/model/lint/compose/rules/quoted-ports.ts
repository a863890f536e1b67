import { child } from "../../../compose/tree.ts";
import { replaceFix } from "../../rule.ts";
import type { ComposeRule } from "../rule.ts";

export const quotedPorts: ComposeRule = {
  name: "quoted-ports",
  codes: ["require-quotes-in-ports"],
  summary: "Ports are in quotes",
  documentation:
    "One style for all ports, which no YAML reader can take for a number. Off by default: `unquoted-port` reports the ports that really are misread.",
  severity: "off",
  scope: "service",
  *check({ node, text }) {
    for (const key of ["ports", "expose"]) {
      const ports = child(node, key);
      if (ports?.kind !== "sequence") continue;
      for (const item of ports.items) {
        const { range } = item.place;
        const written = text.slice(range.start, range.end);
        if (item.kind !== "scalar" || item.value === null || /^["'*&!|>]/.test(written)) continue;
        const fix = replaceFix("Put it in quotes", range, `"${written}"`, true);
        yield { range, message: `port ${written} is not in quotes`, fixes: [fix] };
      }
    }
  },
};
