import { child } from "../../../compose/tree.ts";
import { replaceFix } from "../../rule.ts";
import type { ComposeRule } from "../rule.ts";

export const plainVolumes: ComposeRule = {
  name: "plain-volumes",
  codes: ["no-quotes-in-volumes"],
  summary: "Volumes are without quotes",
  documentation: "A matter of style: volumes in short form need no quotes. Off by default.",
  severity: "off",
  scope: "service",
  *check({ node, text }) {
    const volumes = child(node, "volumes");
    if (volumes?.kind !== "sequence") return;
    for (const item of volumes.items) {
      const { range } = item.place;
      const written = text.slice(range.start, range.end);
      if (item.kind !== "scalar" || !/^(["']).*\1$/.test(written)) continue;
      const fixes = canBePlain(item.source)
        ? [replaceFix("Take the quotes away", range, item.source, true)]
        : [];
      yield { range, message: `volume ${item.source} is in quotes`, fixes };
    }
  },
};

/** Whether YAML reads the text as the same text without quotes, in block and in flow style. */
function canBePlain(text: string): boolean {
  return /^[\w./~$][^\s#,[\]{}]*$/.test(text) && !/^[\d.]+$/.test(text) && !text.endsWith(":");
}
