import type { Dockerfile, Flag, Instruction } from "../dockerfile/types.ts";
import { instructionFlags, instructionNames } from "../dockerfile/vocabulary.ts";
import type { OffsetRange, Problem } from "../text/problem.ts";
import { replaceFix } from "./rule.ts";
import { nearest } from "./variables.ts";

/**
 * The parser's problems with the right word offered for a misspelt one. A misspelt word fails the build, so there is no
 * meaning yet that a fix could change: it counts as safe.
 */
export function withParserFixes(tree: Dockerfile, problem: Problem): Problem {
  const meant = meantWord(tree, problem);
  if (meant === undefined) return problem;
  const { word, shown } = meant;
  return {
    ...problem,
    message: `${problem.message}: did you mean ${shown}?`,
    fixes: [replaceFix(`Write ${shown}`, problem.range, word, true)],
  };
}

function meantWord(
  tree: Dockerfile,
  { code, range }: Problem,
): { readonly word: string; readonly shown: string } | undefined {
  const written = tree.text.slice(range.start, range.end);
  if (code === "unknown-instruction") {
    const word = nearest(written, instructionNames);
    const isLower = written === written.toLowerCase();
    const cased = isLower ? word?.toLowerCase() : word;
    return cased === undefined ? undefined : { word: cased, shown: cased };
  }
  if (code !== "unknown-flag") return undefined;
  const found = flagAt(tree.instructions, range);
  if (found === undefined || found.instruction.name === "UNKNOWN") return undefined;
  const word = nearest(found.flag.name, instructionFlags[found.instruction.name] ?? []);
  if (word === undefined) return undefined;
  return { word: written.startsWith("--") ? `--${word}` : word, shown: `--${word}` };
}

function flagAt(
  instructions: readonly Instruction[],
  { start }: OffsetRange,
): { readonly instruction: Instruction; readonly flag: Flag } | undefined {
  for (const instruction of instructions) {
    if (start < instruction.range.start || instruction.range.end < start) continue;
    const flag = instruction.flags.find(({ range }) => range.start <= start && start <= range.end);
    return flag === undefined ? undefined : { instruction, flag };
  }
  return undefined;
}
