import type { OffsetRange } from "../text/problem.ts";

/** An instruction's text with continuations joined and comments inside removed; every character knows its place. */
export interface LogicalLine {
  readonly text: string;
  /** Document offset of each character of `text`, and of its end. */
  readonly offsets: readonly number[];
  /** Document offset where heredoc bodies begin: behind the line break that ends the logical line, or the end. */
  readonly bodyStart: number;
}

export const isBlank = (character: string | undefined): boolean =>
  character === " " || character === "\t" || character === "\v" || character === "\f" || character === "\r";

/**
 * Joins the physical lines in `source[start, end)` as Docker does: the escape character with blanks behind it at a
 * line's end goes away with the line break, unless another one stands before it; blank lines and comment lines inside
 * are dropped; indentation stays.
 * Source: Dockerfile reference, "Format" and "escape".
 */
export function joinLines(source: string, start: number, end: number, escapeCharacter: string): LogicalLine {
  const characters: string[] = [];
  const offsets: number[] = [];
  let lineStart = start;
  let isFirst = true;
  for (;;) {
    const lineEnd = endOfLine(source, lineStart, end);
    const line = source.slice(lineStart, lineEnd);
    const next = Math.min(end, lineEnd + 1);
    const isDropped = !isFirst && (line.trim() === "" || line.trimStart().startsWith("#"));
    if (!isDropped) {
      const kept = keptLength(line, escapeCharacter);
      for (let at = 0; at < kept; at++) {
        characters.push(line[at] ?? "");
        offsets.push(lineStart + at);
      }
      if (!line.slice(kept).startsWith(escapeCharacter)) {
        offsets.push(lineStart + kept);
        return { text: characters.join(""), offsets, bodyStart: next };
      }
    }
    if (lineEnd >= end) {
      offsets.push(offsets.length === 0 ? start : (offsets.at(-1) ?? start) + 1);
      return { text: characters.join(""), offsets, bodyStart: end };
    }
    lineStart = next;
    isFirst = false;
  }
}

/** Document range of `text[start, end)`. */
export function rangeIn(line: LogicalLine, start: number, end: number): OffsetRange {
  const from = line.offsets[start] ?? line.offsets.at(-1) ?? 0;
  const to = end > start ? (line.offsets[end - 1] ?? from) + 1 : from;
  return { start: from, end: to };
}

/** `text[start, end)` without blanks at its ends. */
export function trimSpan(text: string, start: number, end: number): [start: number, end: number] {
  let from = start;
  let to = end;
  while (from < to && isBlank(text[from])) from++;
  while (to > from && isBlank(text[to - 1])) to--;
  return [from, to];
}

function endOfLine(source: string, start: number, end: number): number {
  const at = source.indexOf("\n", start);
  return at === -1 || at > end ? end : at;
}

/** Length of the line without its line break's `\r`, or up to the escape character that continues it. */
function keptLength(line: string, escapeCharacter: string): number {
  let at = line.length;
  while (at > 0 && isBlank(line[at - 1])) at--;
  if (at > 0 && line[at - 1] === escapeCharacter && line[at - 2] !== escapeCharacter) return at - 1;
  return line.endsWith("\r") ? line.length - 1 : line.length;
}
