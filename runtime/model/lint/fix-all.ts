import { applyEdits } from "../text/edits.ts";
import type { Problem, TextEdit } from "../text/problem.ts";

/** One mended problem can uncover another: a file with tabs shows its misspelt keys only when it is YAML. */
const MAXIMUM_ROUNDS = 8;

/** The text after all safe fixes; `check` gives the problems of a text. Overlapping fixes wait for the next round. */
export function fixAll(text: string, check: (text: string) => readonly Problem[]): string {
  let current = text;
  for (let round = 0; round < MAXIMUM_ROUNDS; round++) {
    const edits = compatibleEdits(check(current));
    if (edits.length === 0) return current;
    const next = applyEdits(current, edits);
    if (next === current) return current;
    current = next;
  }
  return current;
}

/** The edits of the first safe fix of each problem, whole fixes only, none of them touching another. */
function compatibleEdits(problems: readonly Problem[]): TextEdit[] {
  const taken: TextEdit[] = [];
  for (const { fixes } of problems) {
    const edits = fixes?.find(({ isSafe }) => isSafe)?.edits ?? [];
    if (edits.every((edit) => taken.every((other) => !touches(edit, other)))) taken.push(...edits);
  }
  return taken;
}

function touches(a: TextEdit, b: TextEdit): boolean {
  return a.range.start <= b.range.end && b.range.start <= a.range.end;
}
