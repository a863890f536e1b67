import { fixAll } from "../../runtime/model/lint/fix-all.ts";
import type { OffsetRange, Problem, QuickFix, TextEdit } from "../../runtime/model/text/problem.ts";

/** A fix offered at a place, with the problem it mends. */
export interface OfferedFix {
  readonly fix: QuickFix;
  readonly problem: Problem;
  /** The one an editor applies without asking which. */
  readonly isPreferred: boolean;
}

/** The fixes of all problems that touch the range; `ignore` may add one that only silences. */
export function fixesAt(
  problems: readonly Problem[],
  range: OffsetRange,
  ignore: (problem: Problem) => QuickFix | undefined,
): readonly OfferedFix[] {
  const touched = problems.filter(
    (problem) => problem.range.start <= range.end && range.start <= problem.range.end,
  );
  const mending = touched.flatMap((problem) =>
    (problem.fixes ?? []).map((fix, index) => ({ fix, problem, isPreferred: index === 0 && fix.isSafe })),
  );
  const silencing = touched.flatMap((problem) => {
    const fix = ignore(problem);
    return fix === undefined ? [] : [{ fix, problem, isPreferred: false }];
  });
  return [...mending, ...silencing];
}

/** The one edit that brings a text into the state after all safe fixes; undefined when none applies. */
export function fixAllEdit(text: string, check: (text: string) => readonly Problem[]): TextEdit | undefined {
  const fixed = fixAll(text, check);
  if (fixed === text) return undefined;
  let start = 0;
  while (start < text.length && text[start] === fixed[start]) start++;
  let tail = 0;
  const most = Math.min(text.length, fixed.length) - start;
  while (tail < most && text[text.length - 1 - tail] === fixed[fixed.length - 1 - tail]) tail++;
  return { range: { start, end: text.length - tail }, text: fixed.slice(start, fixed.length - tail) };
}
