import type { Dockerfile, Instruction } from "../../../runtime/model/dockerfile/types.ts";
import type { OffsetRange } from "../../../runtime/model/text/problem.ts";

/** What stands at an offset of a Dockerfile, as far as completion and hover need it. */
export type DockerfilePlace =
  | { readonly kind: "comment"; readonly range: OffsetRange }
  /** The keyword, or an empty line where one could begin. */
  | { readonly kind: "keyword"; readonly range: OffsetRange; readonly instruction: Instruction | undefined }
  | { readonly kind: "heredoc"; readonly instruction: Instruction }
  /** Behind the keyword; `range` is the word around the offset. */
  | { readonly kind: "argument"; readonly range: OffsetRange; readonly instruction: Instruction };

/** Finds the place of an offset. Works on any text, however broken. */
export function placeAt(tree: Dockerfile, offset: number): DockerfilePlace {
  const { text } = tree;
  const comment = tree.comments.find(({ start, end }) => start < offset && offset <= end);
  const lineStart = text.lastIndexOf("\n", offset - 1) + 1;
  if (comment !== undefined) return { kind: "comment", range: comment };
  if (/^\s*#/.test(text.slice(lineStart, offset)))
    return { kind: "comment", range: { start: lineStart, end: offset } };
  const instruction = instructionAt(tree, offset);
  if (instruction === undefined) return { kind: "keyword", range: wordAround(text, offset), instruction };
  if (offset <= instruction.keyword.range.end) {
    return { kind: "keyword", range: instruction.keyword.range, instruction };
  }
  const isInBody = instruction.heredocs.some(
    ({ bodyRange }) => bodyRange.start <= offset && offset <= bodyRange.end,
  );
  if (isInBody) return { kind: "heredoc", instruction };
  return { kind: "argument", range: wordAround(text, offset), instruction };
}

/** The instruction around an offset; blanks behind it on its last line belong to it. */
export function instructionAt(tree: Dockerfile, offset: number): Instruction | undefined {
  const found = tree.instructions.findLast(({ range }) => range.start <= offset);
  if (found === undefined) return undefined;
  if (offset <= found.range.end) return found;
  const isSameLine = !tree.text.slice(found.range.end, offset).includes("\n");
  return isSameLine || isContinued(tree, found, offset) ? found : undefined;
}

/** The lines before the offset's end in a continuation: what is typed next belongs to the instruction. */
function isContinued(tree: Dockerfile, instruction: Instruction, offset: number): boolean {
  const lineStart = tree.text.lastIndexOf("\n", offset - 1) + 1;
  const before = tree.text.slice(instruction.range.start, lineStart).replace(/\n(?:[ \t]*#[^\n]*\n)+$/, "\n");
  return before.endsWith("\n") && before.trimEnd().endsWith(tree.escape) && !/\n[ \t]*\n$/.test(before);
}

/** The word around an offset: everything up to the next blanks. */
function wordAround(text: string, offset: number): OffsetRange {
  let start = offset;
  while (start > 0 && !/\s/.test(text[start - 1]!)) start--;
  let end = offset;
  while (end < text.length && !/\s/.test(text[end]!)) end++;
  return { start, end };
}
