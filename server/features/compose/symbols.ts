import { type Entry, entriesOf, type TreeNode, textOf } from "../../../runtime/model/compose/tree.ts";
import type { OutlineSymbol } from "../feature.ts";

/** Keys deeper than this are not shown: nobody looks for them in an outline. */
const MAXIMUM_DEPTH = 6;

/** The outline of a file: its keys and list items, each with its value where that is short. */
export function symbolsOfCompose(root: TreeNode | undefined): readonly OutlineSymbol[] {
  return ownEntries(root).map((entry) => symbolOf(entry, 0));
}

function symbolOf({ key, keyPlace, value }: Entry, depth: number): OutlineSymbol {
  const isElsewhere = value.place.range.start < keyPlace.range.start;
  const children = isElsewhere || depth === MAXIMUM_DEPTH ? [] : childrenOf(value, depth + 1);
  const end = isElsewhere ? keyPlace.range.end : Math.max(keyPlace.range.end, value.place.range.end);
  return {
    name: key === "" ? "-" : key,
    detail: textOf(value)?.split("\n")[0]?.slice(0, 80) ?? "",
    kind: value.kind === "scalar" ? "value" : "key",
    range: { start: keyPlace.range.start, end },
    selection: keyPlace.range,
    children,
  };
}

function childrenOf(node: TreeNode, depth: number): readonly OutlineSymbol[] {
  if (node.kind !== "sequence") return ownEntries(node).map((entry) => symbolOf(entry, depth));
  return node.items
    .filter((item) => isWithin(item, node))
    .map((item, index) => ({
      name: textOf(item)?.split("\n")[0]?.slice(0, 80) || String(index),
      detail: "",
      kind: item.kind === "scalar" ? ("value" as const) : ("key" as const),
      range: item.place.range,
      selection: item.place.range,
      children: depth === MAXIMUM_DEPTH ? [] : childrenOf(item, depth + 1),
    }));
}

/** What a merge key or an alias brings in stands elsewhere. */
function ownEntries(node: TreeNode | undefined): readonly Entry[] {
  if (node === undefined) return [];
  const { start, end } = node.place.range;
  return entriesOf(node).filter(({ keyPlace: { range } }) => start <= range.start && range.end <= end);
}

function isWithin(item: TreeNode, { place: { range } }: TreeNode): boolean {
  return range.start <= item.place.range.start && item.place.range.end <= range.end;
}
