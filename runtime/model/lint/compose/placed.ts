import { placeAt, type TreeNode } from "../../compose/tree.ts";
import type { OffsetRange } from "../../text/problem.ts";
import type { ComposeSubject } from "./rule.ts";

/** Where a path of the merged project stands in the file that is looked at; undefined when another file says it. */
export function placeHere(
  { load, path }: ComposeSubject,
  ...steps: readonly (string | number)[]
): OffsetRange | undefined {
  return rangeHere(path, { place: placeAt(load.tree, steps) });
}

/** The range of something placed, when it stands in the file. */
export function rangeHere(
  path: string,
  { place }: { readonly place: TreeNode["place"] },
): OffsetRange | undefined {
  return place.file === path ? place.range : undefined;
}
