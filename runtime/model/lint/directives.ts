import type { Dockerfile } from "../dockerfile/types.ts";
import type { OffsetRange } from "../text/problem.ts";

/** A line at the top of the form `# name=value`, as written, whether it is a directive the builder knows or not. */
export interface DirectiveLine {
  readonly name: string;
  readonly nameRange: OffsetRange;
  readonly value: string;
  readonly valueRange: OffsetRange;
  /** The whole line with its line break. */
  readonly line: OffsetRange;
}

const FORM = /^(\uFEFF?[ \t]*#[ \t]*)([A-Za-z][A-Za-z0-9]*)([ \t]*=[ \t]*)(\S.*?)?[ \t]*\r?$/;

/** The lines at the very top that have the form of a directive. Source: Dockerfile reference, "Parser directives". */
export function directiveLines({ text }: Dockerfile): DirectiveLine[] {
  const lines: DirectiveLine[] = [];
  let start = 0;
  while (start < text.length) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline;
    const match = FORM.exec(text.slice(start, end));
    if (match === null) return lines;
    const [, opening = "", name = "", equals = "", value = ""] = match;
    const nameStart = start + opening.length;
    const valueStart = nameStart + name.length + equals.length;
    lines.push({
      name,
      nameRange: { start: nameStart, end: nameStart + name.length },
      value,
      valueRange: { start: valueStart, end: valueStart + value.length },
      line: { start, end: newline < 0 ? end : end + 1 },
    });
    start = end + 1;
  }
  return lines;
}
