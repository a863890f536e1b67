import { entriesOf, type TreeNode } from "../../compose/tree.ts";
import type { Problem, QuickFix } from "../../text/problem.ts";

const SECTIONS: Readonly<Record<string, string>> = {
  volume: "volumes",
  network: "networks",
  secret: "secrets",
  config: "configs",
};

/** Adds what is missing to its section; secrets and configs need a file, which the author has to make. */
export function declareFix(
  text: string,
  root: TreeNode | undefined,
  { message }: Problem,
  isSafe: boolean,
): readonly QuickFix[] {
  const found = /refers to (volume|network|secret|config) "([^"]+)"/.exec(message);
  const name = found?.[2];
  const section = SECTIONS[found?.[1] ?? ""];
  if (name === undefined || section === undefined) return [];
  const title = `Declare ${name} under ${section}`;
  const existing = entriesOf(root).find(({ key }) => key === section);
  const isFile = section === "secrets" || section === "configs";
  const body = (indent: string) => `${indent}${name}:${isFile ? `\n${indent}  file: ./${name}.txt` : ""}`;
  if (existing === undefined) {
    const gap = text === "" || text.endsWith("\n") ? "" : "\n";
    const range = { start: text.length, end: text.length };
    return [{ title, edits: [{ range, text: `${gap}\n${section}:\n${body("  ")}\n` }], isSafe }];
  }
  if (existing.value.kind === "mapping" && text[existing.value.place.range.start] === "{") return [];
  const lineEnd = text.indexOf("\n", existing.keyPlace.range.end);
  const at = lineEnd < 0 ? text.length : lineEnd;
  const edit = { range: { start: at, end: at }, text: `\n${body(indentOf(text, existing.value))}` };
  return [{ title, edits: [edit], isSafe }];
}

function indentOf(text: string, node: TreeNode): string {
  const first = entriesOf(node)[0]?.keyPlace.range.start;
  if (first === undefined) return "  ";
  return text.slice(text.lastIndexOf("\n", first - 1) + 1, first);
}
