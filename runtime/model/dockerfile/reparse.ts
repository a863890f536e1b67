import type { OffsetRange, Problem } from "../text/problem.ts";
import { isUnreadable, parseDockerfile, parsePart, treeOf } from "./parse.ts";
import { shiftInstruction, shiftProblem, shiftRange } from "./shift.ts";
import { noteStages, stagesOf } from "./stages.ts";
import type { DockerfileParse, Instruction } from "./types.ts";

/** Problems of the file as a whole: found anew each time. */
const ORDER = "no-from";

/**
 * Reads a text of which an earlier state was read: only the instructions around the edit are read, those before it are
 * taken over as they are, those behind it move along. Gives what `parseDockerfile` gives; reads the whole file where an
 * edit may change more than its surroundings (directives, heredocs without end).
 */
export function reparseDockerfile(previous: DockerfileParse, text: string): DockerfileParse {
  if (previous.tree.text === text) return previous;
  return reparseAround(previous, text) ?? parseDockerfile(text);
}

/** What an edit leaves alone: `before` instructions at the front and those from `after` on at the back. */
interface Cut {
  readonly before: number;
  readonly after: number;
  /** Where the part to be read begins; the same in both texts. */
  readonly start: number;
  /** How far the text behind the edit has moved. */
  readonly moved: number;
}

function reparseAround(previous: DockerfileParse, text: string): DockerfileParse | undefined {
  const { tree } = previous;
  if (isUnreadable(text) || previous.problems.some(({ code }) => code === "unterminated-heredoc"))
    return undefined;
  const cut = cutAround(previous, text);
  if (cut === undefined) return undefined;
  const next = tree.instructions[cut.after];
  const end = next === undefined ? text.length : next.range.end + cut.moved;
  const part = parsePart(text.slice(cut.start, end), tree.escape);
  if (part === undefined || part.problems.some(({ code }) => code === "unterminated-heredoc"))
    return undefined;
  const read = next === undefined ? part.instructions : upTo(part.instructions, next, cut);
  if (read === undefined) return undefined;

  const before = tree.instructions.slice(0, cut.before);
  const stage = countFroms(before);
  const between = read.map((one) => shiftInstruction(one, { offset: cut.start, stage }));
  const gone = countFroms(tree.instructions.slice(cut.before, cut.after));
  const shift = { offset: cut.moved, stage: countFroms(between) - gone };
  const after = tree.instructions.slice(cut.after).map((one) => shiftInstruction(one, shift));
  const instructions = [...before, ...between, ...after];

  const border = next === undefined ? Number.POSITIVE_INFINITY : next.range.start;
  const readUntil = border + cut.moved - cut.start;
  const problems = [
    ...previous.problems.filter((one) => one.code !== ORDER && one.range.start < cut.start),
    ...part.problems
      .filter(({ range }) => range.start < readUntil)
      .map((one) => shiftProblem(one, cut.start)),
    ...previous.problems
      .filter(({ code, range }) => code !== ORDER && range.start >= border)
      .map((one) => shiftProblem(one, cut.moved)),
  ];
  const comments = [
    ...tree.comments.filter(({ start }) => start < cut.start),
    ...part.comments.filter(({ start }) => start < readUntil).map((one) => shiftRange(one, cut.start)),
    ...tree.comments.filter(({ start }) => start >= border).map((one) => shiftRange(one, cut.moved)),
  ];
  return finished(previous, text, comments, instructions, problems);
}

function finished(
  { tree }: DockerfileParse,
  text: string,
  comments: readonly OffsetRange[],
  instructions: readonly Instruction[],
  problems: Problem[],
): DockerfileParse {
  const stages = stagesOf(instructions);
  noteStages(instructions, stages, problems);
  return {
    tree: treeOf({ text, escape: tree.escape, directives: tree.directives, comments }, instructions, stages),
    problems,
  };
}

/** Undefined where the edit reaches the lines before the second instruction: they may be directives. */
function cutAround({ tree }: DockerfileParse, text: string): Cut | undefined {
  const old = tree.text;
  const most = Math.min(old.length, text.length);
  let start = 0;
  while (start < most && old.charCodeAt(start) === text.charCodeAt(start)) start++;
  let tail = 0;
  while (
    tail < most - start &&
    old.charCodeAt(old.length - 1 - tail) === text.charCodeAt(text.length - 1 - tail)
  )
    tail++;
  const lineStart = old.lastIndexOf("\n", start - 1) + 1;
  const touched = tree.instructions.findIndex(({ range }) => range.end >= lineStart);
  // The one before may go on into the edited lines.
  const before = (touched < 0 ? tree.instructions.length : touched) - 1;
  const first = tree.instructions[before];
  // A byte order mark means something else at the front.
  if (before < 1 || first === undefined || text[first.range.start] === "\uFEFF") return undefined;
  const editEnd = old.length - tail;
  const found = tree.instructions.findIndex(({ range }) => old.lastIndexOf("\n", range.start) >= editEnd);
  return {
    before,
    after: found < 0 ? tree.instructions.length : found,
    start: first.range.start,
    moved: text.length - old.length,
  };
}

/** The instructions before the one that both texts share; undefined when it is no longer read as an instruction. */
function upTo(read: readonly Instruction[], next: Instruction, cut: Cut): readonly Instruction[] | undefined {
  const start = next.range.start + cut.moved - cut.start;
  const at = read.findIndex(({ range }) => range.start === start);
  return at < 0 ? undefined : read.slice(0, at);
}

function countFroms(instructions: readonly Instruction[]): number {
  return instructions.filter(({ keyword }) => keyword.value.toUpperCase() === "FROM").length;
}
