import { DockerfileParser } from "dockerfile-ast";
import type { Range } from "vscode-languageserver-types";
import { lineIndex, offsetAt } from "../text/line-index.ts";
import type { OffsetRange } from "../text/problem.ts";
import { scanHeredocs } from "./heredoc.ts";
import { joinLines } from "./logical-line.ts";
import type { Directive } from "./types.ts";
import { directiveNames } from "./vocabulary.ts";

/** Where things are in a file, arguments unread. */
export interface Outline {
  readonly escape: "\\" | "`";
  readonly directives: readonly Directive[];
  readonly comments: readonly OffsetRange[];
  readonly instructions: readonly OutlineInstruction[];
}

export interface OutlineInstruction {
  readonly keyword: string;
  readonly keywordRange: OffsetRange;
  /** Offset behind the last line, heredoc bodies included. */
  readonly end: number;
}

/** How often the rest of a file is read anew; files that need more are made to be slow. */
const maxRounds = 50;

/**
 * What dockerfile-ast finds, with one repair: it takes `<<` inside of quotes for a heredoc and misses some that are one,
 * which would swallow or invent instructions. Where it ends an instruction elsewhere than Docker, the rest is read anew.
 * Undefined when it fails.
 */
export function outlineOf(text: string): Outline | undefined {
  const first = segment(text);
  if (first === undefined) return undefined;
  const instructions: OutlineInstruction[] = [];
  const comments: OffsetRange[] = [];
  let current = first;
  for (let round = 0; ; round++) {
    const repaired = round < maxRounds ? takeUntilFault(text, current, instructions) : undefined;
    if (repaired === undefined) {
      if (round === maxRounds) instructions.push(...current.instructions);
      comments.push(...current.comments);
      break;
    }
    comments.push(...current.comments.filter(({ start }) => start < repaired.bodyStart));
    const rest = segment(blankUntil(text, repaired.end, first.escape));
    if (rest === undefined) return undefined;
    current = rest;
  }
  return { escape: first.escape, directives: first.directives, comments, instructions };
}

/** Adds the instructions up to the first whose end is wrong, that one with its right end; undefined when all are right. */
function takeUntilFault(
  text: string,
  outline: Outline,
  taken: OutlineInstruction[],
): { readonly bodyStart: number; readonly end: number } | undefined {
  for (const instruction of outline.instructions) {
    const line = joinLines(text, instruction.keywordRange.end, instruction.end, outline.escape);
    const hasHeredocs = /^(run|copy|add|onbuild\s+(run|copy|add))$/i.test(
      instruction.keyword.toLowerCase() === "onbuild"
        ? `onbuild ${line.text.trim().split(/\s/, 1)[0]}`
        : instruction.keyword,
    );
    const { bodyStart } = line;
    const end = hasHeredocs ? scanHeredocs(text, line, 0, text.length, outline.escape).end : bodyStart;
    const [low, high] = [Math.min(end, instruction.end), Math.max(end, instruction.end)];
    if (text.slice(low, high).trim() !== "") {
      taken.push({ ...instruction, end: text.slice(0, end).trimEnd().length });
      return { bodyStart, end };
    }
    taken.push(instruction);
  }
  return undefined;
}

/** The text with everything before `offset` blank, but for the escape directive. */
function blankUntil(text: string, offset: number, escapeCharacter: string): string {
  const directive = escapeCharacter === "`" ? "# escape=`" : "";
  return directive + "\n".repeat(Math.max(0, offset - directive.length)) + text.slice(offset);
}

function segment(text: string): Outline | undefined {
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
