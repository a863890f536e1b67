import { child, type Entry, entriesOf, type TreeNode, textOf } from "../../../runtime/model/compose/tree.ts";
import type { OffsetRange } from "../../../runtime/model/text/problem.ts";

/** A key of a file and the way to it: keys, and indexes of lists. */
export interface KeyAt {
  readonly path: readonly (string | number)[];
  readonly entry: Entry;
}

/** The innermost key whose own text holds an offset. */
export function keyAt(root: TreeNode | undefined, offset: number): KeyAt | undefined {
  return find(root, offset, []);
}

function find(
  node: TreeNode | undefined,
  offset: number,
  path: readonly (string | number)[],
): KeyAt | undefined {
  if (node?.kind === "sequence") {
    for (const [index, item] of node.items.entries()) {
      const found = find(item, offset, [...path, index]);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  for (const entry of entriesOf(node)) {
    const { start, end } = entry.keyPlace.range;
    if (start <= offset && offset <= end) return { path: [...path, entry.key], entry };
    const value = entry.value.place.range;
    if (value.start <= offset && offset <= value.end) {
      const found = find(entry.value, offset, [...path, entry.key]);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** The value at the end of a way through a tree. */
export function valueAt(
  root: TreeNode | undefined,
  path: readonly (string | number)[],
): TreeNode | undefined {
  let node = root;
  for (const step of path) {
    node =
      typeof step === "number"
        ? node?.kind === "sequence"
          ? node.items[step]
          : undefined
        : child(node, step);
  }
  return node;
}

/** Longer values are cut: a hover is no file. */
const MAXIMUM_LINES = 30;

/** A value as YAML, with the file each line comes from where that is not `file`. */
export function printEffective(node: TreeNode, file: string): string {
  const lines = linesOf(node, "", file);
  const shown = lines.slice(0, MAXIMUM_LINES).join("\n");
  return lines.length > MAXIMUM_LINES ? `${shown}\n# … ${lines.length - MAXIMUM_LINES} more lines` : shown;
}

function linesOf(node: TreeNode, indent: string, file: string): readonly string[] {
  if (node.kind === "scalar") return [`${indent}${scalar(node)}${originOf(node, file)}`];
  if (node.kind === "sequence") {
    if (node.items.length === 0) return [`${indent}[]`];
    return node.items.flatMap((item) => {
      const [first = "", ...rest] = linesOf(item, `${indent}  `, file);
      return [`${indent}- ${first.trimStart()}`, ...rest];
    });
  }
  if (node.entries.length === 0) return [`${indent}{}`];
  return node.entries.flatMap(({ key, value }) => {
    const isShort = value.kind === "scalar" || isEmpty(value);
    const [first = "", ...rest] = linesOf(value, isShort ? "" : `${indent}  `, file);
    return isShort ? [`${indent}${key}: ${first}`, ...rest] : [`${indent}${key}:`, first, ...rest];
  });
}

function isEmpty(node: TreeNode): boolean {
  return (
    (node.kind === "mapping" && node.entries.length === 0) ||
    (node.kind === "sequence" && node.items.length === 0)
  );
}

function scalar(node: TreeNode): string {
  const text = textOf(node);
  if (text === undefined) return "null";
  return text === "" || /[\n:#]|^\s|\s$/.test(text) ? JSON.stringify(text) : text;
}

function originOf({ place }: TreeNode, file: string): string {
  return place.file === file ? "" : `  # ${place.file.slice(place.file.lastIndexOf("/") + 1)}`;
}

/** A place in one of a project's files. */
export interface FileRange {
  readonly file: string;
  readonly range: OffsetRange;
}
