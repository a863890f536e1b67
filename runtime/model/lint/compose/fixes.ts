import { parseCompose } from "../../compose/parse.ts";
import { entriesOf, type TreeNode } from "../../compose/tree.ts";
import { applyEdits } from "../../text/edits.ts";
import type { OffsetRange, Problem, QuickFix, TextEdit } from "../../text/problem.ts";
import { dependenciesFix } from "./dependencies-fix.ts";

/**
 * The problems of one Compose file with the fixes that the file's text allows. A fix counts as safe also where the
 * file does not load as it is: there is no meaning yet that it could change.
 */
export function withComposeFixes(text: string, problems: readonly Problem[]): Problem[] {
  const tabs = problems.some(isTabProblem) ? tabFix(text) : undefined;
  return problems.map((problem) => {
    const fix = isTabProblem(problem) ? tabs : fixOf(text, problem);
    if (fix !== undefined) return { ...problem, fixes: [fix] };
    if (problem.code !== "unknown-key" || problem.fixes === undefined) return problem;
    return { ...problem, fixes: problem.fixes.map((one) => ({ ...one, isSafe: true })) };
  });
}

function isTabProblem({ code, message }: Problem): boolean {
  return code === "yaml-syntax" && /\btabs?\b/i.test(message);
}

function fixOf(text: string, problem: Problem): QuickFix | undefined {
  switch (problem.code) {
    case "obsolete-version":
      return {
        title: "Remove version",
        edits: [{ range: linesOf(text, problem.range), text: "" }],
        isSafe: true,
      };
    case "undefined-volume":
    case "undefined-network":
      return declareFix(text, problem);
    case "invalid-type":
      return /depends_on must be a mapping$/.test(problem.message)
        ? dependenciesFix(text, problem.range)
        : undefined;
    default:
      return undefined;
  }
}

/** Tabs of the indentation become spaces, as many as make the file readable YAML: 2, 4 or 8. */
function tabFix(text: string): QuickFix {
  const widths = [2, 4, 8];
  const candidates = widths.map((width) => tabEdits(text, width));
  const readable = candidates.findIndex(
    (edits) => parseCompose(applyEdits(text, edits), "").problems.length === 0,
  );
  const edits = candidates[Math.max(readable, 0)]!;
  return { title: "Indent with spaces", edits, isSafe: true };
}

function tabEdits(text: string, width: number): TextEdit[] {
  const edits: TextEdit[] = [];
  for (const match of text.matchAll(/^[ \t]*\t[ \t]*/gm)) {
    const range = { start: match.index, end: match.index + match[0].length };
    edits.push({ range, text: match[0].replaceAll("\t", " ".repeat(width)) });
  }
  return edits;
}

/** Adds the missing volume or network to its top-level section. */
function declareFix(text: string, problem: Problem): QuickFix | undefined {
  const name = /refers to (?:volume|network) "([^"]+)"/.exec(problem.message)?.[1];
  if (name === undefined) return undefined;
  const section = problem.code === "undefined-volume" ? "volumes" : "networks";
  const root = parseCompose(text, "").root;
  const found = entriesOf(root).find(({ key }) => key === section);
  const title = `Declare ${name} under ${section}`;
  if (found === undefined) {
    const gap = text === "" || text.endsWith("\n") ? "" : "\n";
    const range = { start: text.length, end: text.length };
    return { title, edits: [{ range, text: `${gap}\n${section}:\n  ${name}:\n` }], isSafe: true };
  }
  if (found.value.kind === "mapping" && text[found.value.place.range.start] === "{") return undefined;
  const lineEnd = text.indexOf("\n", found.keyPlace.range.end);
  const at = lineEnd < 0 ? text.length : lineEnd;
  const edit = { range: { start: at, end: at }, text: `\n${indentOf(text, found.value)}${name}:` };
  return { title, edits: [edit], isSafe: true };
}

function indentOf(text: string, node: TreeNode): string {
  const first = entriesOf(node)[0]?.keyPlace.range.start;
  if (first === undefined) return "  ";
  return text.slice(text.lastIndexOf("\n", first - 1) + 1, first);
}

/** The whole lines of a range, the last line break included. */
function linesOf(text: string, range: OffsetRange): OffsetRange {
  const newline = text.indexOf("\n", range.end);
  return { start: text.lastIndexOf("\n", range.start - 1) + 1, end: newline < 0 ? text.length : newline + 1 };
}
