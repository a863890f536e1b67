import { DockerfileParser } from "dockerfile-ast";
import type { Range } from "vscode-languageserver-types";
import { lineIndex, offsetAt } from "../text/line-index.ts";
import type { OffsetRange, Problem } from "../text/problem.ts";
import { type ReadContext, readInstruction } from "./instruction.ts";
import { joinLines } from "./logical-line.ts";
import { noteStages, stagesOf } from "./stages.ts";
import type { Directive, Dockerfile, DockerfileParse, Instruction } from "./types.ts";
import { directiveNames } from "./vocabulary.ts";

/** Longer texts are not read at all. */
const maxLength = 1 << 20;

/**
 * Reads a Dockerfile: the only door to Dockerfile text, for the language server and the builder alike.
 * Never throws: what is wrong with the syntax stands in `problems`; those of severity `error` would fail a build.
 * dockerfile-ast finds instructions, comments and directives; arguments are read here from its ranges.
 */
export function parseDockerfile(text: string): DockerfileParse {
  if (text.length > maxLength) {
    return unreadable(text, `the file is longer than ${maxLength} characters`);
  }
  const parsed = parseOutline(text);
  if (parsed === undefined) return unreadable(text, "the file could not be read");
  const context: ReadContext = { source: text, escape: parsed.escape, problems: [] };
  const instructions = readInstructions(context, parsed.instructions);
  const stages = stagesOf(instructions);
  noteStages(instructions, stages, context.problems, text.length);
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

interface Outline {
  readonly escape: "\\" | "`";
  readonly directives: readonly Directive[];
  readonly comments: readonly OffsetRange[];
  readonly instructions: readonly {
    readonly keyword: string;
    readonly keywordRange: OffsetRange;
    end: number;
  }[];
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

function parseOutline(text: string): Outline | undefined {
  const index = lineIndex(text);
  const toRange = (range: Range): OffsetRange => ({
    start: offsetAt(index, range.start.line, range.start.character),
    end: offsetAt(index, range.end.line, range.end.character),
  });
  try {
    const file = DockerfileParser.parse(text);
    const known = knownDirectives(
      file.getDirectives().map((item) => ({
        name: item.getName().toLowerCase(),
        value: item.getValue(),
        range: toRange(item.getRange()),
      })),
    );
    const comments = file.getComments().map((comment) => toRange(comment.getRange()));
    return {
      escape: known.directives.find((item) => item.name === "escape")?.value === "`" ? "`" : "\\",
      directives: known.directives,
      comments: [...known.comments, ...comments].sort((a, b) => a.start - b.start),
      instructions: file.getInstructions().map((item) => ({
        keyword: item.getInstruction(),
        keywordRange: toRange(item.getInstructionRange()),
        end: toRange(item.getRange()).end,
      })),
    };
  } catch {
    // dockerfile-ast promises nothing for odd input; a fault of its own must not take the editor down.
    return undefined;
  }
}

/** Directives end at the first one that is unknown or comes twice; what follows are comments. */
function knownDirectives(all: readonly Directive[]): { directives: Directive[]; comments: OffsetRange[] } {
  const names = new Set<string>();
  let end = 0;
  for (const { name } of all) {
    if (!directiveNames.includes(name) || names.has(name)) break;
    names.add(name);
    end++;
  }
  return { directives: all.slice(0, end), comments: all.slice(end).map((item) => item.range) };
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
