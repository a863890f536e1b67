import { parseCompose } from "../../../runtime/model/compose/parse.ts";
import { entriesOf, type TreeNode } from "../../../runtime/model/compose/tree.ts";
import { applyEdits } from "../../../runtime/model/text/edits.ts";
import type { OffsetRange, TextEdit } from "../../../runtime/model/text/problem.ts";
import { scalars } from "./structure.ts";

/** Blanks per level. */
const STEP = 2;

/**
 * Every level is indented by two blanks, list items as their key's values are, one blank stands behind dashes and
 * colons, no blanks at line ends, no two empty lines in a row, one line end at the end. Comments move with the line below
 * them, texts over several lines as a whole. Gives no edits where the file would mean anything else afterwards.
 */
export function formatCompose(text: string, root: TreeNode, range: OffsetRange): readonly TextEdit[] {
  const lines = lineEdits(text, root);
  // Line ends at the end of a text that keeps them (`|+`) are part of it.
  for (const edits of [[...lines, ...endEdit(text)], lines]) {
    if (!isSame(root, parseCompose(applyEdits(text, edits), "").root)) continue;
    return edits.filter((edit) => range.start <= edit.range.start && edit.range.end <= range.end);
  }
  return [];
}

interface Line {
  readonly start: number;
  readonly end: number;
  /** Where its content begins. */
  readonly first: number;
}

function lineEdits(text: string, root: TreeNode): readonly TextEdit[] {
  const body = text.trimEnd().length;
  const lines = linesOf(text).filter(({ start }) => start < body);
  const columns = newColumns(text, lines, root);
  const isText = multilineTexts(text, root);
  const edits: TextEdit[] = [];
  let isAfterBlank = true;
  lines.forEach(({ start, end, first }, index) => {
    const isBlank = first === end;
    if (isBlank && isText(start)) return;
    if (isBlank) {
      if (isAfterBlank && index < lines.length - 1)
        edits.push({ range: { start, end: lines[index + 1]?.start ?? end }, text: "" });
      else if (end > start) edits.push({ range: { start, end }, text: "" });
      isAfterBlank = true;
      return;
    }
    isAfterBlank = false;
    const column = columns[index];
    if (column !== undefined && column !== first - start)
      edits.push({ range: { start, end: first }, text: " ".repeat(column) });
    const tail = /[ \t]+$/.exec(text.slice(first, end));
    if (tail !== null && end <= body && !isText(end))
      edits.push({ range: { start: first + tail.index, end }, text: "" });
    if (!isText(start)) edits.push(...gapEdits(text, first, end));
  });
  return edits;
}

/** One blank behind the dash and behind the colon of a line's key. */
function gapEdits(text: string, first: number, end: number): readonly TextEdit[] {
  const line = text.slice(first, end);
  const edits: TextEdit[] = [];
  const dash = /^-( {2,}|\t+)(?=\S)/.exec(line);
  // What stands below the item is indented by the dash's gap: only an item of one line may be moved.
  if (dash !== null && !/^-\s+[^\s"'][^:]*:(?:\s|$)/.test(line))
    edits.push({ range: { start: first + 1, end: first + dash[0].length }, text: " " });
  const colon = /^(?:- +)?[\w.-]+:([ \t]{2,})(?=[^\s#&!])/.exec(line);
  if (colon !== null) {
    const start = first + colon[0].length - (colon[1]?.length ?? 0);
    edits.push({ range: { start, end: first + colon[0].length }, text: " " });
  }
  return edits;
}

function endEdit(text: string): readonly TextEdit[] {
  const body = text.trimEnd().length;
  const ending = text.includes("\r\n") ? "\r\n" : "\n";
  if (body === 0 || text.slice(body) === ending) return [];
  return [{ range: { start: body, end: text.length }, text: ending }];
}

function linesOf(text: string): readonly Line[] {
  const lines: Line[] = [];
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf("\n", start);
    const next = newline < 0 ? text.length : newline + 1;
    let end = newline < 0 ? text.length : newline;
    if (text[end - 1] === "\r") end--;
    let first = start;
    while (first < end && (text[first] === " " || text[first] === "\t")) first++;
    lines.push({ start, end, first });
    start = next;
  }
  return lines;
}

/** The column each line's content gets; undefined: it stays. */
function newColumns(text: string, lines: readonly Line[], root: TreeNode): readonly (number | undefined)[] {
  const byOffset = new Map<number, number>();
  place(text, root, 0, byOffset);
  const columns: (number | undefined)[] = lines.map(({ first }) => byOffset.get(first));
  // What continues a value moves by as much as the line it began on; comments stand as the line below them.
  let shift = 0;
  lines.forEach(({ start, first, end }, index) => {
    const column = columns[index];
    if (column !== undefined) shift = column - (first - start);
    else if (first < end && text[first] !== "#") columns[index] = Math.max(0, first - start + shift);
  });
  placeComments(text, lines, columns);
  return columns;
}

/** A comment belongs to the line below where both begin alike, else to what stands above it. */
function placeComments(text: string, lines: readonly Line[], columns: (number | undefined)[]): void {
  const isComment = ({ first }: Line): boolean => text[first] === "#";
  const content = lines.flatMap((line, index) => (line.first < line.end && !isComment(line) ? [index] : []));
  const before = (index: number): number => (lines[index]?.first ?? 0) - (lines[index]?.start ?? 0);
  let next = 0;
  lines.forEach((line, index) => {
    while ((content[next] ?? Number.POSITIVE_INFINITY) < index) next++;
    if (!isComment(line) || columns[index] !== undefined) return;
    const column = before(index);
    const below = content[next];
    let at = Math.min(next, content.length) - 1;
    while (at >= 0 && before(content[at] ?? 0) > column) at--;
    const above = content[at];
    const pattern = below !== undefined && (before(below) === column || above === undefined) ? below : above;
    columns[index] = pattern === undefined ? 0 : columns[pattern];
  });
}

/** Keys and dashes that begin a line, with the columns they get. */
function place(text: string, node: TreeNode, column: number, columns: Map<number, number>): void {
  if (/[[{]/.test(text[node.place.range.start] ?? "")) return;
  if (node.kind === "mapping") {
    const own = entriesOf(node).filter(({ keyPlace: { range: at } }) => isWithin(at, node.place.range));
    for (const { keyPlace, value } of own) {
      columns.set(keyPlace.range.start, column);
      if (value.place.range.start >= keyPlace.range.end) place(text, value, column + STEP, columns);
    }
  } else if (node.kind === "sequence") {
    for (const item of node.items) {
      if (!isWithin(item.place.range, node.place.range)) continue;
      const dash = text.lastIndexOf("-", item.place.range.start - 1);
      if (/^-[ \t]*$/.test(text.slice(dash, item.place.range.start))) columns.set(dash, column);
      place(text, item, column + STEP, columns);
    }
  }
}

function isWithin(inner: OffsetRange, outer: OffsetRange): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}

/** Whether an offset lies in a text over several lines, whose blanks count; asked for growing offsets. */
function multilineTexts(text: string, root: TreeNode): (offset: number) => boolean {
  const long = scalars(root)
    .map(({ place: { range } }) => range)
    .filter(({ start, end }) => text.slice(start, end).includes("\n"))
    .toSorted((left, right) => left.start - right.start);
  let next = 0;
  return (offset) => {
    while ((long[next]?.end ?? Number.POSITIVE_INFINITY) <= offset) next++;
    return (long[next]?.start ?? Number.POSITIVE_INFINITY) < offset;
  };
}

/** Whether two trees have the same keys and values. */
function isSame(left: TreeNode | undefined, right: TreeNode | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  if (left.kind === "scalar")
    return right.kind === "scalar" && left.value === right.value && left.tag === right.tag;
  if (left.kind === "sequence") {
    const items = right.kind === "sequence" ? right.items : [];
    return (
      right.kind === "sequence" &&
      left.items.length === items.length &&
      left.items.every((item, index) => isSame(item, items[index]))
    );
  }
  if (right.kind !== "mapping" || left.entries.length !== right.entries.length) return false;
  return left.entries.every(({ key, value }, index) => {
    const other = right.entries[index];
    return other?.key === key && isSame(value, other.value);
  });
}
