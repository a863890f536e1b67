import { entriesOf, isNull, type TreeNode, textOf } from "../../compose/tree.ts";
import type { OffsetRange, QuickFix } from "../../text/problem.ts";

interface Dependency {
  readonly service: string;
  readonly settings: readonly (readonly [key: string, value: string])[];
  /** The comment behind the name, with its `#`. */
  readonly comment: string;
}

const SETTINGS = new Set(["condition", "restart", "required"]);

/**
 * `depends_on` written as a list of mappings (`- db:` with `condition:` below it, indented or not) as the mapping that
 * was meant. Undefined where the list holds something else.
 */
export function dependenciesFix(
  text: string,
  root: TreeNode | undefined,
  range: OffsetRange,
): QuickFix | undefined {
  const list = nodeAt(root, range.start);
  if (list?.kind !== "sequence") return undefined;
  const dependencies = list.items.map((item) => dependencyOf(text, item));
  if (dependencies.length === 0 || !dependencies.every((one) => one !== undefined)) return undefined;
  const start = list.place.range.start;
  const column = start - (text.lastIndexOf("\n", start - 1) + 1);
  const indent = " ".repeat(column);
  const lines = dependencies.flatMap(({ service, settings, comment }) => [
    `${service}:${comment === "" ? "" : ` ${comment}`}`,
    ...settings.map(([key, value]) => `  ${key}: ${value}`),
  ]);
  const last = list.place.range.end;
  const tail = /\s*$/.exec(text.slice(start, last))![0];
  const edit = { range: { start, end: last - tail.length }, text: lines.join(`\n${indent}`) };
  return { title: "Write depends_on as a mapping", edits: [edit], isSafe: true };
}

function dependencyOf(text: string, item: TreeNode): Dependency | undefined {
  if (item.kind === "scalar") {
    const service = textOf(item);
    const settings = [["condition", "service_started"]] as const;
    return service === undefined
      ? undefined
      : { service, settings, comment: commentAt(text, item.place.range.end) };
  }
  const name = entriesOf(item).find(({ key }) => !SETTINGS.has(key));
  if (name === undefined) return undefined;
  const inner = isNull(name.value) ? entriesOf(item).filter((one) => one !== name) : entriesOf(name.value);
  const settings = inner.map(({ key, value }) => [key, textOf(value) ?? ""] as const);
  if (settings.some(([key]) => !SETTINGS.has(key))) return undefined;
  return {
    service: name.key,
    settings: settings.length === 0 ? [["condition", "service_started"]] : settings,
    comment: commentAt(text, name.keyPlace.range.end),
  };
}

function commentAt(text: string, offset: number): string {
  return /^:?[ \t]*(#[^\n]*)/.exec(text.slice(offset, offset + 500))?.[1]?.trimEnd() ?? "";
}

/** The outermost sequence that begins at the offset. */
function nodeAt(node: TreeNode | undefined, offset: number): TreeNode | undefined {
  if (node === undefined) return undefined;
  const { start, end } = node.place.range;
  if (node.kind === "sequence" && start === offset) return node;
  if (offset < start || offset > end) return undefined;
  const children =
    node.kind === "mapping"
      ? node.entries.map(({ value }) => value)
      : node.kind === "sequence"
        ? node.items
        : [];
  for (const one of children) {
    const found = nodeAt(one, offset);
    if (found !== undefined) return found;
  }
  return undefined;
}
