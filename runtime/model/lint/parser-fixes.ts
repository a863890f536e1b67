import type { Dockerfile, Flag, Instruction } from "../dockerfile/types.ts";
import { instructionFlags, instructionNames } from "../dockerfile/vocabulary.ts";
import { nearest } from "../text/nearest.ts";
import type { OffsetRange, Problem } from "../text/problem.ts";
import { singleQuotedJson } from "./json-form.ts";
import { replaceFix } from "./rule.ts";

/**
 * The parser's problems with the right word offered for a misspelt one. A misspelt word fails the build, so there is no
 * meaning yet that a fix could change: it counts as safe.
 */
export function withParserFixes(tree: Dockerfile, problem: Problem): Problem {
  if (problem.code === "invalid-json") return withJsonFix(tree, problem);
  const meant = meantWord(tree, problem);
  if (meant === undefined) return problem;
  const { word, shown } = meant;
  return {
    ...problem,
    message: `${problem.message}: did you mean ${shown}?`,
    fixes: [replaceFix(`Write ${shown}`, problem.range, word, true)],
  };
}

/** `SHELL ['sh', '-c']`: the quotes alone are wrong. */
function withJsonFix(tree: Dockerfile, problem: Problem): Problem {
  for (const instruction of tree.instructions) {
    if (instruction.range.end < problem.range.start) continue;
    const found = singleQuotedJson(tree.text, instruction);
    return found === undefined || found.range.start !== problem.range.start
      ? problem
      : { ...problem, fixes: [replaceFix("Use double quotes", found.range, found.json, true)] };
  }
  return problem;
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
