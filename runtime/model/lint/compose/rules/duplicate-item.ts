import { child, type TreeNode, textOf } from "../../../compose/tree.ts";
import type { ComposeRule } from "../rule.ts";
import { isOwn, linesOfItem, removeLines } from "../written.ts";

/** Lists whose items the Compose schema wants to be different (`uniqueItems`). */
const LISTS = [
  ...["cap_add", "cap_drop", "device_cgroup_rules", "dns", "dns_opt", "dns_search", "environment", "expose"],
  ...["external_links", "extra_hosts", "group_add", "labels", "links", "networks", "ports", "profiles"],
  ...["security_opt", "tmpfs", "volumes", "volumes_from", "depends_on", "env_file", "secrets", "configs"],
];

/** Source: Compose specification's schema. */
export const duplicateItem: ComposeRule = {
  name: "duplicate-item",
  codes: [],
  summary: "Items of a list are different",
  documentation: "Compose refuses lists (ports, volumes, variables, …) that have the same item twice.",
  severity: "error",
  scope: "service",
  *check(service) {
    for (const key of LISTS) {
      const list = child(service.node, key);
      if (list?.kind !== "sequence") continue;
      const seen = new Set<string>();
      for (const item of list.items) {
        const text = item.kind === "scalar" ? textOf(item) : undefined;
        if (text === undefined) continue;
        if (seen.has(text)) yield duplicate(service.text, key, text, item, isOwn(service, item));
        seen.add(text);
      }
    }
  },
};

function duplicate(text: string, key: string, value: string, item: TreeNode, isHere: boolean) {
  const lines = isHere ? linesOfItem(text, item) : undefined;
  return {
    range: item.place.range,
    message: `${key} has "${value}" twice`,
    fixes: removeLines("Remove this one", lines, true),
  };
}
