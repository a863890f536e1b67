import type { Dockerfile } from "../../../runtime/model/dockerfile/types.ts";
import { ruleOf } from "../../../runtime/model/lint/lint.ts";
import type { Problem, QuickFix } from "../../../runtime/model/text/problem.ts";
import { instructionAt } from "./place.ts";

/**
 * A fix that ignores a rule for one instruction, in the style other tools read: `# check=skip=` for BuildKit's checks,
 * `# hadolint ignore=` for the rest. An ignore comment that is there already gets one name more.
 */
export function ignoreFix(tree: Dockerfile, problem: Problem): QuickFix | undefined {
  const rule = ruleOf(problem.code);
  const instruction = instructionAt(tree, problem.range.start);
  if (rule === undefined || instruction === undefined) return undefined;
  const check = rule.codes.find((code) => /^[A-Z][A-Za-z]+$/.test(code) && code !== code.toUpperCase());
  const name = check ?? rule.codes.find((code) => /^DL\d+$/.test(code)) ?? rule.name;
  const opening = check === undefined ? "# hadolint ignore=" : "# check=skip=";
  const title = `Ignore ${name} for this instruction`;
  const lineStart = tree.text.lastIndexOf("\n", instruction.range.start - 1) + 1;
  const previous = tree.comments.find(({ end }) => end === lineStart - 1);
  if (previous !== undefined && tree.text.slice(previous.start, previous.end).startsWith(opening)) {
    return {
      title,
      edits: [{ range: { start: previous.end, end: previous.end }, text: `,${name}` }],
      isSafe: false,
    };
  }
  return {
    title,
    edits: [{ range: { start: lineStart, end: lineStart }, text: `${opening}${name}\n` }],
    isSafe: false,
  };
}
