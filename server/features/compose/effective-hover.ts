import type { TreeNode } from "../../../runtime/model/compose/tree.ts";
import type { Hover } from "../feature.ts";
import { keyAt, printEffective, valueAt } from "./effective.ts";

/**
 * What a key's value is once all files are merged and interpolated, with the file that each line comes from; undefined
 * where it is what stands there anyway.
 */
export function hoverEffective(
  root: TreeNode | undefined,
  merged: TreeNode,
  file: string,
  offset: number,
): Hover | undefined {
  const found = keyAt(root, offset);
  if (found === undefined || found.path.some((step) => typeof step === "number")) return undefined;
  const value = valueAt(merged, found.path);
  // The whole file is no answer to anything.
  if (
    value === undefined ||
    found.path.length < 2 ||
    !["services", "networks", "volumes"].includes(String(found.path[0]))
  )
    return undefined;
  const text = printEffective(value, file);
  return {
    markdown: `Effective value:\n\`\`\`yaml\n${text}\n\`\`\``,
    range: found.entry.keyPlace.range,
  };
}
