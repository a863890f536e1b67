import { parsePortText } from "../../compose/ports.ts";
import { child, entriesOf, type TreeNode, textOf } from "../../compose/tree.ts";
import type { OffsetRange, QuickFix } from "../../text/problem.ts";
import { replaceFix } from "../rule.ts";

/** Publishes a port that clashes at the next host port that no service of the file has. */
export function portFix(text: string, root: TreeNode | undefined, range: OffsetRange): readonly QuickFix[] {
  const written = text.slice(range.start, range.end);
  const found = /^(["']?(?:[\d.]+:|\[[\d:a-f]+\]:)?)(\d+)(:\d+(?:\/\w+)?["']?)$/i.exec(written);
  if (found === null) return [];
  const taken = takenPorts(root);
  let free = Number(found[2]) + 1;
  while (taken.has(String(free))) free++;
  if (free > 65535) return [];
  return [replaceFix(`Publish at host port ${free}`, range, `${found[1]}${free}${found[3]}`, false)];
}

function takenPorts(root: TreeNode | undefined): ReadonlySet<string> {
  const taken = new Set<string>();
  for (const { value } of entriesOf(child(root, "services"))) {
    const ports = child(value, "ports");
    for (const item of ports?.kind === "sequence" ? ports.items : []) {
      const parsed = parsePortText(textOf(item) ?? "");
      const published = textOf(child(item, "published"));
      if (published !== undefined) taken.add(published);
      if (typeof parsed !== "string") for (const port of parsed) taken.add(port.published ?? "");
    }
  }
  return taken;
}
