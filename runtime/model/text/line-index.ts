/** Where lines begin, so that offsets become line numbers without scanning the text each time. */
export interface LineIndex {
  /** Offset of the first character of each line; the first is 0. */
  readonly starts: readonly number[];
  readonly length: number;
}

/** Lines end at `\n`, `\r\n` or a lone `\r`. */
export function lineIndex(text: string): LineIndex {
  const starts = [0];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 10 || (code === 13 && text.charCodeAt(at + 1) !== 10)) starts.push(at + 1);
  }
  return { starts, length: text.length };
}

/** Zero-based line that holds `offset`; offsets outside the text count as its ends. */
export function lineAt(index: LineIndex, offset: number): number {
  let low = 0;
  let high = index.starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((index.starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** UTF-16 column of `offset` in its line, from 0. */
export function columnAt(index: LineIndex, offset: number): number {
  return clamp(offset, index.length) - (index.starts[lineAt(index, offset)] ?? 0);
}

/** Offset of a zero-based line and UTF-16 column; a column behind the line's end, or a line behind the last, is clamped. */
export function offsetAt(index: LineIndex, line: number, column: number): number {
  const start = index.starts[line];
  if (start === undefined) return line < 0 ? 0 : index.length;
  const next = index.starts[line + 1] ?? index.length + 1;
  return Math.max(start, Math.min(start + column, next - 1));
}

function clamp(offset: number, length: number): number {
  return Math.max(0, Math.min(offset, length));
}
