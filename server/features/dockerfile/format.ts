import type { Dockerfile, Instruction } from "../../../runtime/model/dockerfile/types.ts";
import type { OffsetRange, TextEdit } from "../../../runtime/model/text/problem.ts";

/**
 * Edits that format the lines of a range: instructions begin at the margin, continued lines are indented one step at
 * least, no blanks stand at line ends, and the file ends with one line end. Heredoc bodies stay as they are.
 */
export function formatDockerfile(tree: Dockerfile, range: OffsetRange, indent: string): readonly TextEdit[] {
  const { text } = tree;
  const edits: TextEdit[] = [];
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline;
    if (start <= range.end && end >= range.start) edits.push(...formatLine(tree, start, end, indent));
    start = end + 1;
  }
  const body = text.trimEnd();
  const isWhole = range.start === 0 && range.end >= text.length;
  const ending = {
    range: { start: body.length, end: text.length },
    text: text.includes("\r\n") ? "\r\n" : "\n",
  };
  if (!isWhole || body === "" || lastBody(tree) >= body.length) return edits;
  const inside = edits.filter((edit) => edit.range.start < body.length && edit.range.end <= body.length);
  return text.slice(body.length) === ending.text ? inside : [...inside, ending];
}

function lastBody(tree: Dockerfile): number {
  return Math.max(0, ...(tree.instructions.at(-1)?.heredocs.map(({ bodyRange }) => bodyRange.end) ?? []));
}

function formatLine(tree: Dockerfile, start: number, end: number, indent: string): readonly TextEdit[] {
  const line = tree.text.slice(start, end);
  const owner = tree.instructions.findLast((one) => one.range.start <= end);
  if (owner !== undefined && isInHeredoc(owner, start)) return [];
  const edits: TextEdit[] = [];
  const blanks = /^[ \t]*/.exec(line)![0];
  const content = line.replace(/\r$/, "");
  const isContinued = owner !== undefined && owner.range.start < start && start <= owner.range.end;
  const wanted = isContinued ? continuedIndent(blanks, content, indent) : "";
  if (content.trim() !== "" && blanks !== wanted)
    edits.push({ range: { start, end: start + blanks.length }, text: wanted });
  const trailing = /[ \t]+$/.exec(content);
  if (trailing !== null) {
    const from = start + trailing.index;
    edits.push({ range: { start: from, end: from + trailing[0].length }, text: "" });
  }
  return edits;
}

/** Deeper indentation is the author's (aligned options, nested loops) and stays. */
function continuedIndent(blanks: string, content: string, indent: string): string {
  if (content.trimStart().startsWith("#")) return blanks;
  return blanks === "" ? indent : blanks;
}

function isInHeredoc({ heredocs, range }: Instruction, offset: number): boolean {
  const [first] = heredocs;
  return first !== undefined && offset >= first.bodyRange.start && offset <= range.end;
}
