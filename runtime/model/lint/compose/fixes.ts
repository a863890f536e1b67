import { nearestWord } from "../../compose/nearest-word.ts";
import { parseCompose } from "../../compose/parse.ts";
import { child, type Entry, entriesOf, type TreeNode, textOf } from "../../compose/tree.ts";
import { applyEdits } from "../../text/edits.ts";
import type { OffsetRange, Problem, QuickFix, TextEdit } from "../../text/problem.ts";
import { replaceFix } from "../rule.ts";
import { declareFix } from "./declare-fix.ts";
import { dependenciesFix } from "./dependencies-fix.ts";
import { portFix } from "./port-fix.ts";
import { linesOfEntry, linesOfItem, removeLines } from "./written.ts";

/** A file and its tree. */
export interface FixableFile {
  readonly text: string;
  readonly root: TreeNode | undefined;
}

/**
 * The problems of the model in one Compose file with the fixes that the file's text allows. A fix counts as safe also
 * where the file does not load as it is: there is no meaning yet that it could change.
 */
export function withComposeFixes(file: FixableFile, problems: readonly Problem[]): Problem[] {
  const tabs = problems.some(isTabProblem) ? [tabFix(file.text)] : [];
  return problems.map((problem) => {
    const fixes = isTabProblem(problem) ? tabs : fixesOf(file, problem);
    if (fixes.length > 0) return { ...problem, fixes };
    if (problem.code !== "unknown-key") return problem;
    if (problem.fixes !== undefined)
      return { ...problem, fixes: problem.fixes.map((one) => ({ ...one, isSafe: true })) };
    return { ...problem, fixes: extensionFix(file.text, problem.range) };
  });
}

function isTabProblem({ code, message }: Problem): boolean {
  return code === "yaml-syntax" && /\btabs?\b/i.test(message);
}

function fixesOf(file: FixableFile, problem: Problem): readonly QuickFix[] {
  const { text, root } = file;
  const { code, message, range } = problem;
  switch (code) {
    case "obsolete-version":
      return removeKey(file, range, true);
    case "undefined-volume":
    case "undefined-network":
      return [...renameFix(problem, root, text), ...declareFix(text, root, problem, true)];
    case "undefined-secret":
    case "undefined-config":
      return [...renameFix(problem, root, text), ...declareFix(text, root, problem, false)];
    case "undefined-service":
      return renameFix(problem, root, text);
    case "invalid-type": {
      const fix = /depends_on must be a mapping$/.test(message)
        ? dependenciesFix(text, root, range)
        : undefined;
      return fix === undefined ? [] : [fix];
    }
    case "dependency-cycle":
      return removeAt(file, range, "Remove this dependency");
    case "duplicate-container-name":
      return removeKey(file, range, false);
    case "conflicting-keys":
    case "ignored-key":
      return removeKey(file, range, false);
    case "duplicate-mount":
      return removeAt(file, range, "Remove this mount");
    case "port-clash":
      return portFix(text, root, range);
    case "no-healthcheck":
      return conditionFix(file, range);
    case "unset-variable":
    case "required-variable":
      return defaultFix(text, problem);
    case "invalid-interpolation":
      return dollarFix(text, range);
    case "missing-file":
      return optionalFix(file, range);
    default:
      return [];
  }
}

/** The key may be somebody's own: `x-…` is passed over by Compose. */
function extensionFix(text: string, range: OffsetRange): readonly QuickFix[] {
  const key = text.slice(range.start, range.end);
  return [replaceFix(`Change to "x-${key}", which Compose passes over`, range, `x-${key}`, false)];
}

function removeKey(file: FixableFile, range: OffsetRange, isSafe: boolean): readonly QuickFix[] {
  const found = entryAt(file.root, range.start);
  return found === undefined
    ? []
    : removeLines(`Remove ${found.key}`, linesOfEntry(file.text, found), isSafe);
}

/** Takes an item or entry out, and what holds it where nothing else is in that. */
function removeAt(file: FixableFile, range: OffsetRange, title: string): readonly QuickFix[] {
  const { text, root } = file;
  const holder = holderOf(root, range.start);
  if (holder !== undefined) return removeLines(title, linesOfEntry(text, holder), false);
  const item = itemAt(root, range.start);
  if (item !== undefined) return removeLines(title, linesOfItem(text, item), false);
  const found = entryAt(root, range.start);
  return found === undefined ? [] : removeLines(title, linesOfEntry(text, found), false);
}

/** The entry whose value is only what begins at an offset. */
function holderOf(node: TreeNode | undefined, offset: number): Entry | undefined {
  if (node?.kind === "sequence") return firstOf(node.items, (item) => holderOf(item, offset));
  return firstOf(entriesOf(node), (one) => {
    const { value } = one;
    const [only] = value.kind === "sequence" ? value.items : [];
    if (value.kind === "sequence" && value.items.length === 1 && only?.place.range.start === offset)
      return one;
    const [entry] = entriesOf(value);
    if (entriesOf(value).length === 1 && entry?.keyPlace.range.start === offset) return one;
    return holderOf(value, offset);
  });
}

const SECTIONS: Readonly<Record<string, string>> = {
  "undefined-service": "services",
  "undefined-network": "networks",
  "undefined-volume": "volumes",
  "undefined-secret": "secrets",
  "undefined-config": "configs",
};

/** Changes a name to the one that was probably meant. */
function renameFix(
  { code, message, range }: Problem,
  root: TreeNode | undefined,
  text: string,
): readonly QuickFix[] {
  const name = /(?:refers to \w+|extends) "([^"]+)"/.exec(message)?.[1];
  const known = entriesOf(child(root, SECTIONS[code] ?? "")).map(({ key }) => key);
  const nearest = name === undefined ? undefined : nearestWord(name, known);
  const at = name === undefined ? -1 : text.slice(range.start, range.end).indexOf(name);
  if (name === undefined || nearest === undefined || nearest === name || at < 0) return [];
  const place = { start: range.start + at, end: range.start + at + name.length };
  return [replaceFix(`Change to "${nearest}"`, place, nearest, false)];
}

/** Waiting for the start only. */
function conditionFix({ text, root }: FixableFile, range: OffsetRange): readonly QuickFix[] {
  const condition = child(entryAt(root, range.start)?.value, "condition");
  if (condition === undefined || text.slice(condition.place.range.start, condition.place.range.end) === "")
    return [];
  return [replaceFix("Wait for the start only", condition.place.range, "service_started", false)];
}

/** The empty text that stands in for an unset variable becomes a default that says so. */
function defaultFix(text: string, { message, range, code }: Problem): readonly QuickFix[] {
  const name = /variable (\w+) is/.exec(message)?.[1];
  const written = text.slice(range.start, range.end);
  const found =
    name === undefined ? null : new RegExp(`\\$(?:\\{${name}(?::?\\?[^}]*)?\\}|${name}\\b)`).exec(written);
  if (name === undefined || found === null) return [];
  const start = range.start + found.index;
  const place = { start, end: start + found[0].length };
  const title =
    code === "unset-variable" ? `Let ${name} be empty by default` : `Give ${name} an empty default`;
  return [replaceFix(title, place, `\${${name}:-}`, false)];
}

/** Doubles the dollar signs that start no variable. */
function dollarFix(text: string, range: OffsetRange): readonly QuickFix[] {
  const edits: TextEdit[] = [];
  for (const match of text.slice(range.start, range.end).matchAll(/\$\$|\$(?!\{?[A-Za-z_])/g)) {
    if (match[0] === "$$") continue;
    const start = range.start + match.index;
    edits.push({ range: { start, end: start + 1 }, text: "$$" });
  }
  return edits.length === 0 ? [] : [{ title: "Write $$ for the dollar sign", edits, isSafe: true }];
}

/** An env file in short form as one that may be missing. */
function optionalFix({ text, root }: FixableFile, range: OffsetRange): readonly QuickFix[] {
  const item = itemAt(root, range.start);
  const path = item?.kind === "scalar" ? textOf(item) : undefined;
  const isEnvFile = entriesOf(child(root, "services")).some(({ value }) => {
    const files = child(value, "env_file");
    return files?.kind === "sequence" && files.items.some((one) => one === item);
  });
  const lines = item === undefined ? undefined : linesOfItem(text, item);
  if (item === undefined || path === undefined || !isEnvFile || lines === undefined) return [];
  const column = item.place.range.start - lines.start;
  const long = `path: ${text.slice(item.place.range.start, item.place.range.end)}\n${" ".repeat(column)}required: false`;
  return [replaceFix("Let the file be missing", item.place.range, long, false)];
}

/** Tabs of the indentation become spaces, as many as make the file readable YAML: 2, 4 or 8. */
function tabFix(text: string): QuickFix {
  const widths = [2, 4, 8];
  const candidates = widths.map((width) => tabEdits(text, width));
  const readable = candidates.findIndex(
    (edits) => parseCompose(applyEdits(text, edits), "").problems.length === 0,
  );
  return { title: "Indent with spaces", edits: candidates[Math.max(readable, 0)]!, isSafe: true };
}

function tabEdits(text: string, width: number): TextEdit[] {
  const edits: TextEdit[] = [];
  for (const match of text.matchAll(/^[ \t]*\t[ \t]*/gm)) {
    const range = { start: match.index, end: match.index + match[0].length };
    edits.push({ range, text: match[0].replaceAll("\t", " ".repeat(width)) });
  }
  return edits;
}

/** The entry whose key, or else whose value, begins at an offset. */
function entryAt(node: TreeNode | undefined, offset: number): Entry | undefined {
  if (node?.kind === "sequence") return firstOf(node.items, (item) => entryAt(item, offset));
  return firstOf(entriesOf(node), (one) => {
    if (one.keyPlace.range.start === offset) return one;
    const { start, end } = one.value.place.range;
    if (offset < start || offset > end) return undefined;
    return entryAt(one.value, offset) ?? (start === offset ? one : undefined);
  });
}

/** The item of a list that begins at an offset. */
function itemAt(node: TreeNode | undefined, offset: number): TreeNode | undefined {
  if (node === undefined || offset < node.place.range.start || offset > node.place.range.end)
    return undefined;
  if (node.kind === "sequence") {
    return firstOf(node.items, (item) => (item.place.range.start === offset ? item : itemAt(item, offset)));
  }
  return firstOf(entriesOf(node), ({ value }) => itemAt(value, offset));
}

function firstOf<T, R>(all: readonly T[], find: (one: T) => R | undefined): R | undefined {
  for (const one of all) {
    const found = find(one);
    if (found !== undefined) return found;
  }
  return undefined;
}
