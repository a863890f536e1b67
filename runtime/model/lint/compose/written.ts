import { type Entry, entriesOf, type TreeNode, textOf } from "../../compose/tree.ts";
import type { OffsetRange, QuickFix, TextEdit } from "../../text/problem.ts";
import type { WrittenService } from "./rule.ts";

/** Where the line that holds an offset begins. */
export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

/** Behind the line break of the line that holds an offset. */
export function nextLine(text: string, offset: number): number {
  const newline = text.indexOf("\n", offset);
  return newline < 0 ? text.length : newline + 1;
}

/** The blanks before what stands first in the line of an offset; undefined when something else is before it. */
export function indentAt(text: string, offset: number): string | undefined {
  const before = text.slice(lineStart(text, offset), offset);
  return /^ *$/.test(before) ? before : undefined;
}

/** The whole lines of an entry, or undefined when it shares them with others (flow style). */
export function linesOfEntry(text: string, { keyPlace, value }: Entry): OffsetRange | undefined {
  const { start } = keyPlace.range;
  if (indentAt(text, start) === undefined) return undefined;
  return { start: lineStart(text, start), end: lastLine(text, keyPlace.range, value) };
}

/** The whole lines of a list's item with its dash, or undefined when it shares them with others. */
export function linesOfItem(text: string, item: TreeNode): OffsetRange | undefined {
  const start = lineStart(text, item.place.range.start);
  if (!/^ *- *$/.test(text.slice(start, item.place.range.start))) return undefined;
  return { start, end: lastLine(text, item.place.range, item) };
}

function lastLine(text: string, key: OffsetRange, value: TreeNode): number {
  const from = value.place.range.start >= key.start ? key.start : key.end;
  const end = Math.max(key.end, value.place.range.start >= key.start ? value.place.range.end : key.end);
  return nextLine(text, from + text.slice(from, end).trimEnd().length);
}

/** A fix that takes whole lines out. */
export function removeLines(
  title: string,
  lines: OffsetRange | undefined,
  isSafe: boolean,
): readonly QuickFix[] {
  return lines === undefined ? [] : [{ title, edits: [{ range: lines, text: "" }], isSafe }];
}

/** Whether a node stands in the service itself, not in what an alias brings in. */
export function isOwn(service: WrittenService, node: TreeNode): boolean {
  const { start, end } = service.node.place.range;
  return start <= node.place.range.start && node.place.range.end <= end;
}

/** Names and values of a mapping or of a list of `NAME=value`; the place is that of the name or the item. */
export function pairsOf(node: TreeNode | undefined): readonly {
  readonly name: string;
  readonly value: string | undefined;
  readonly range: OffsetRange;
  readonly node: TreeNode;
}[] {
  if (node?.kind === "sequence") {
    return node.items.flatMap((item) => {
      const text = textOf(item);
      if (text === undefined) return [];
      const equals = text.indexOf("=");
      const name = equals < 0 ? text : text.slice(0, equals);
      const value = equals < 0 ? undefined : text.slice(equals + 1);
      return [{ name, value, range: item.place.range, node: item }];
    });
  }
  return entriesOf(node).map(({ key, keyPlace, value }) => ({
    ...{ name: key, value: textOf(value), range: keyPlace.range, node: value },
  }));
}

/** A thing that stands on lines of its own among others of its kind. */
export interface Sibling {
  readonly name: string;
  /** Where its key, or its item's dash, stands. */
  readonly start: number;
  readonly end: number;
}

/**
 * A fix that puts siblings into the given order, each with the comments directly above it; undefined when they share
 * lines or have anchors, which must stand before their aliases.
 */
export function reorderFix(
  text: string,
  siblings: readonly Sibling[],
  order: readonly Sibling[],
  title: string,
): QuickFix | undefined {
  const starts = siblings.map(({ start }) => withComments(text, start));
  if (starts.some((start) => start === undefined)) return undefined;
  const last = siblings.at(-1);
  if (last === undefined) return undefined;
  const end = nextLine(text, last.start + text.slice(last.start, last.end).trimEnd().length);
  const bounds = [...starts.flatMap((start) => start ?? []), end];
  const whole = text.slice(bounds[0], end);
  if (/(?:^|[\s[{,:])[&*][^\s&*]/m.test(whole)) return undefined;
  const blocks = siblings.map((_, index) => {
    const block = text.slice(bounds[index], bounds[index + 1]);
    return block.endsWith("\n") ? block : `${block}\n`;
  });
  const sorted = order.map((one) => blocks[siblings.indexOf(one)] ?? "").join("");
  const edit: TextEdit = {
    range: { start: bounds[0] ?? 0, end },
    text: whole.endsWith("\n") ? sorted : sorted.replace(/\n$/, ""),
  };
  return { title, edits: [edit], isSafe: true };
}

/** The start of the line, or of the comments directly above it; undefined when something else is in the line. */
function withComments(text: string, offset: number): number | undefined {
  const line = lineStart(text, offset);
  if (!/^ *(?:- *)?$/.test(text.slice(line, offset))) return undefined;
  let start = line;
  while (start > 0) {
    const above = lineStart(text, start - 1);
    if (!/^[ \t]*#/.test(text.slice(above, start))) break;
    start = above;
  }
  return start;
}
