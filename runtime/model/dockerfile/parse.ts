import type { OffsetRange, Problem } from "../text/problem.ts";
import { readInstruction } from "./instruction.ts";
import { joinLines } from "./logical-line.ts";
import { type Outline, outlineOf } from "./outline.ts";
import type { ReadContext } from "./read-context.ts";
import { shiftInstruction, shiftProblem, shiftRange } from "./shift.ts";
import { noteStages, stagesOf } from "./stages.ts";
import type { Dockerfile, DockerfileParse, Instruction, Stage } from "./types.ts";

/** Longer texts are not read at all. */
const maxLength = 1 << 20;
/** Nor texts of more lines: no image has as many layers, and an editor must not stand still for a second. */
const maxLines = 25_000;

/**
 * Reads a Dockerfile: the only door to Dockerfile text, for the language server and the builder alike.
 * Never throws: what is wrong with the syntax stands in `problems`; those of severity `error` would fail a build.
 * The outline comes from dockerfile-ast; arguments are read from its ranges.
 */
export function parseDockerfile(text: string): DockerfileParse {
  if (isUnreadable(text))
    return unreadable(text, `the file is longer than ${maxLength} characters or ${maxLines} lines`);
  const outline = outlineOf(text);
  if (outline === undefined) return unreadable(text, "the file could not be read");
  const problems: Problem[] = [];
  const instructions = readInstructions({ source: text, escape: outline.escape, problems }, outline);
  const stages = stagesOf(instructions);
  noteStages(instructions, stages, problems);
  return { tree: treeOf({ text, ...outline }, instructions, stages), problems };
}

/** What stands in a piece of a file that begins with an instruction, its place in the file's order unseen. */
export interface DockerfilePart {
  readonly instructions: readonly Instruction[];
  readonly comments: readonly OffsetRange[];
  readonly problems: readonly Problem[];
}

/** Reads a piece of a file whose escape character is known; undefined when it cannot be read. */
export function parsePart(text: string, escapeCharacter: "\\" | "`"): DockerfilePart | undefined {
  const directive = escapeCharacter === "`" ? "# escape=`\n" : "";
  const outline = outlineOf(directive + text);
  if (outline === undefined) return undefined;
  const problems: Problem[] = [];
  const source = directive + text;
  const instructions = readInstructions({ source, escape: escapeCharacter, problems }, outline);
  const shift = { offset: -directive.length, stage: 0 };
  return {
    instructions: instructions.map((one) => shiftInstruction(one, shift)),
    comments: outline.comments.map((one) => shiftRange(one, -directive.length)),
    problems: problems.map((one) => shiftProblem(one, -directive.length)),
  };
}

/** Whether a text is too long to be read. */
export function isUnreadable(text: string): boolean {
  if (text.length > maxLength) return true;
  let lines = 0;
  for (let at = text.indexOf("\n"); at >= 0 && lines <= maxLines; at = text.indexOf("\n", at + 1)) lines++;
  return lines > maxLines;
}

/** The tree of instructions that have been read. */
export function treeOf(
  file: Pick<Dockerfile, "text" | "escape" | "directives" | "comments">,
  instructions: readonly Instruction[],
  stages: readonly Stage[],
): Dockerfile {
  const globalArgs = instructions.filter((item) => item.name === "ARG").filter(({ stage }) => stage === -1);
  const { text, directives, comments } = file;
  return { text, escape: file.escape, directives, comments, instructions, globalArgs, stages };
}

function readInstructions(context: ReadContext, outline: Outline): Instruction[] {
  let stage = -1;
  return outline.instructions.map(({ keyword, keywordRange, end }) => {
    if (keyword.toUpperCase() === "FROM") stage++;
    const line = joinLines(context.source, keywordRange.end, end, context.escape);
    const word = { value: keyword, raw: keyword, range: keywordRange };
    const range = { start: keywordRange.start, end };
    return readInstruction(context, { line, keyword: word, range, start: 0, stage });
  });
}

function unreadable(text: string, message: string): DockerfileParse {
  const problem: Problem = {
    code: "unreadable-file",
    message,
    severity: "error",
    range: { start: 0, end: 0 },
  };
  const tree: Dockerfile = {
    text,
    escape: "\\",
    directives: [],
    comments: [],
    instructions: [],
    globalArgs: [],
    stages: [],
  };
  return { tree, problems: [problem] };
}
