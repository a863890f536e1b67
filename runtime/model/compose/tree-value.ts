import { stringify } from "yaml";
import type { TreeNode } from "./tree.ts";

/** The plain value of a tree, without places. */
export function plainValue(node: TreeNode): unknown {
  switch (node.kind) {
    case "scalar":
      return node.value;
    case "sequence":
      return node.items.map(plainValue);
    case "mapping":
      return Object.fromEntries(node.entries.map((item) => [item.key, plainValue(item.value)]));
  }
}

/** A plain value as YAML text; dollar signs are doubled, so that the text read again means the same. */
export function printYaml(value: unknown): string {
  return stringify(escapeDollars(value), { lineWidth: 0, aliasDuplicateObjects: false });
}

function escapeDollars(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll("$", "$$$$");
  if (Array.isArray(value)) return value.map(escapeDollars);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, escapeDollars(item)]));
}
