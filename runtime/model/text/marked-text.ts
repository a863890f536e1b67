import { columnAt, lineAt, lineIndex } from "./line-index.ts";
import type { Problem } from "./problem.ts";

/**
 * Marked text, the form of test cases: under a line stand its problems as `^^^^ message (code)`. A range of no width
 * is one `^`; a range over several lines is marked on its first line up to the line's end, and says so with `…`.
 */
export interface MarkedText {
  /** The text alone. */
  readonly text: string;
  /** The marks as written, in the form `printMarks` gives. */
  readonly marked: string;
}

const markLine = /^\s*\^+(…)?\s/;

/** Splits a template literal of text and marks; the common indentation and the first and last blank line are removed. */
export function parseMarked(source: string): MarkedText {
  const lines = dedent(source);
  return { text: lines.filter((line) => !markLine.test(line)).join("\n"), marked: lines.join("\n") };
}

/** The text with its problems as marks under their lines: compare with `MarkedText.marked`. */
export function printMarks(text: string, problems: readonly Problem[]): string {
  const index = lineIndex(text);
  const lines = text.split("\n");
  const sorted = problems.toSorted(
    (a, b) => a.range.start - b.range.start || a.range.end - b.range.end || (a.code < b.code ? -1 : 1),
  );
  const output: string[] = [];
  lines.forEach((line, number) => {
    output.push(line);
    for (const problem of sorted) {
      if (lineAt(index, problem.range.start) !== number) continue;
      output.push(printMark(problem, line, columnAt(index, problem.range.start)));
    }
  });
  return output.join("\n");
}

function printMark(problem: Problem, line: string, column: number): string {
  const width = problem.range.end - problem.range.start;
  const room = Math.max(1, line.length - column);
  const carets = "^".repeat(Math.max(1, Math.min(width, room))) + (width > room ? "…" : "");
  return `${line.slice(0, column).replace(/[^\t]/g, " ")}${carets} ${problem.message} (${problem.code})`;
}

function dedent(source: string): string[] {
  const lines = source.split("\n");
  if (lines.length > 1 && lines[0]?.trim() === "") lines.shift();
  if (lines.length > 1 && lines.at(-1)?.trim() === "") lines.pop();
  const indents = lines.filter((line) => line.trim() !== "").map((line) => /^ */.exec(line)?.[0].length ?? 0);
  const indent = indents.length === 0 ? 0 : Math.min(...indents);
  return lines.map((line) => line.slice(indent));
}
