import type { Problem } from "../text/problem.ts";
import { type ReadContext, readInstruction } from "./instruction.ts";
import { joinLines } from "./logical-line.ts";
import { type Outline, outlineOf } from "./outline.ts";
import { noteStages, stagesOf } from "./stages.ts";
import type { Dockerfile, DockerfileParse, Instruction } from "./types.ts";

/** Longer texts are not read at all. */
const maxLength = 1 << 20;

/**
 * Reads a Dockerfile: the only door to Dockerfile text, for the language server and the builder alike.
 * Never throws: what is wrong with the syntax stands in `problems`; those of severity `error` would fail a build.
 * The outline comes from dockerfile-ast; arguments are read from its ranges.
 */
export function parseDockerfile(text: string): DockerfileParse {
  if (text.length > maxLength) {
    return unreadable(text, `the file is longer than ${maxLength} characters`);
  }
  const parsed = outlineOf(text);
  if (parsed === undefined) return unreadable(text, "the file could not be read");
  const context: ReadContext = { source: text, escape: parsed.escape, problems: [] };
  const instructions = readInstructions(context, parsed.instructions);
  const stages = stagesOf(instructions);
  noteStages(instructions, stages, context.problems);
  const globalArgs = instructions.filter((item) => item.name === "ARG" && item.stage === -1);
  const tree: Dockerfile = {
    text,
    escape: parsed.escape,
    directives: parsed.directives,
    comments: parsed.comments,
    instructions,
    globalArgs: globalArgs.filter((item) => item.name === "ARG"),
    stages,
  };
  return { tree, problems: context.problems };
}

function readInstructions(context: ReadContext, outline: Outline["instructions"]): Instruction[] {
  let stage = -1;
  return outline.map(({ keyword, keywordRange, end }) => {
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
