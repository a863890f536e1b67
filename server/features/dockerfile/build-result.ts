import type { BuiltInstruction } from "../../../runtime/model/dockerfile/built.ts";
import type { Dockerfile, Instruction } from "../../../runtime/model/dockerfile/types.ts";
import type { OffsetRange, Problem } from "../../../runtime/model/text/problem.ts";
import { printBytes, printSeconds } from "../print.ts";

/** The last build of a document: what became of instructions, known by their text as it was built. */
export interface BuildResult {
  readonly instructions: readonly { readonly text: string; readonly built: BuiltInstruction }[];
}

/** Behind an instruction: what it cost in the last build. */
export interface BuildHint {
  readonly offset: number;
  readonly label: string;
  readonly tooltip: string;
}

/** Takes in what a build said. `tree` is the document that was built; `offsetOfLine` counts lines from 1. */
export function rememberBuild(
  tree: Dockerfile,
  built: readonly BuiltInstruction[],
  offsetOfLine: (line: number) => number,
): BuildResult {
  const instructions = tree.instructions.flatMap((instruction) => {
    const found = built.find(({ line }) => {
      const offset = offsetOfLine(line);
      return offset <= instruction.range.start && instruction.range.start < offsetOfLine(line + 1);
    });
    return found === undefined ? [] : [{ text: textOf(tree, instruction), built: found }];
  });
  return { instructions };
}

/** Seconds and size behind each instruction that is still as it was built. */
export function buildHints(tree: Dockerfile, result: BuildResult): readonly BuildHint[] {
  return stillThere(tree, result).flatMap(({ instruction, built }) => {
    // `EXPOSE` and the like only write the image's configuration.
    const isNothing = built.sizeBytes === 0 && built.seconds < 0.05 && !built.isCached;
    if (isNothing && built.error === undefined) return [];
    const time = built.isCached ? "cached" : printSeconds(built.seconds);
    const size = built.sizeBytes > 0 ? ` · ${printBytes(built.sizeBytes)}` : "";
    const hint = {
      offset: firstLineEnd(tree, instruction.range),
      label: built.error === undefined ? `${time}${size}` : `failed after ${printSeconds(built.seconds)}`,
      tooltip: built.isCached
        ? "The last build took this from its cache; the size is that of its layer."
        : "What this instruction took in the last build, and the size of its layer.",
    };
    return [hint];
  });
}

/** A failed instruction, until it is changed. */
export function buildProblems(tree: Dockerfile, result: BuildResult): readonly Problem[] {
  return stillThere(tree, result).flatMap(({ instruction, built }) =>
    built.error === undefined
      ? []
      : [
          {
            code: "build-failed",
            message: `The last build failed here: ${built.error}`,
            severity: "error" as const,
            range: { start: instruction.range.start, end: firstLineEnd(tree, instruction.range) },
          },
        ],
  );
}

/** Instructions found again by their text, in order: those before an edit by place, those after it all the same. */
function stillThere(tree: Dockerfile, { instructions }: BuildResult) {
  const waiting = new Map<string, BuiltInstruction[]>();
  for (const { text, built } of instructions) waiting.set(text, [...(waiting.get(text) ?? []), built]);
  return tree.instructions.flatMap((instruction) => {
    const built = waiting.get(textOf(tree, instruction))?.shift();
    return built === undefined ? [] : [{ instruction, built }];
  });
}

function textOf(tree: Dockerfile, { range }: Instruction): string {
  return tree.text.slice(range.start, range.end);
}

function firstLineEnd(tree: Dockerfile, range: OffsetRange): number {
  const end = tree.text.slice(range.start, range.end).search(/\r?\n/);
  return end < 0 ? range.end : range.start + end;
}
