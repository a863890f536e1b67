import type { TextEdit } from "./problem.ts";

/**
 * The text after all edits; their ranges are those of the given text. Edits may come in any order; of two that overlap
 * the one that begins later is left out. Insertions at one offset keep their order.
 */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const sorted = edits.map((edit, order) => ({ edit, order }));
  sorted.sort((a, b) => a.edit.range.start - b.edit.range.start || a.order - b.order);
  let result = "";
  let done = 0;
  for (const { edit } of sorted) {
    if (edit.range.start < done) continue;
    result += text.slice(done, edit.range.start) + edit.text;
    done = Math.max(edit.range.start, edit.range.end);
  }
  return result + text.slice(done);
}
