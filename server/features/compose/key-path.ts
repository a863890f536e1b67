import type { OffsetRange } from "../../../runtime/model/text/problem.ts";

/** Where a line of a Compose file stands, found by indentation alone: it works on files that are no YAML yet. */
export interface KeyPath {
  /** Keys from the top: `["services", "web", "depends_on"]`. */
  readonly keys: readonly string[];
  /** The line is an item of a list (`- …`). */
  readonly isItem: boolean;
}

/** The keys above an offset; the line of the offset itself counts only up to the offset. */
export function keyPathAt(text: string, offset: number): KeyPath {
  const lineStart = text.lastIndexOf("\n", offset - 1) + 1;
  const line = text.slice(lineStart, offset);
  const isItem = /^\s*-(?:\s|$)/.test(line);
  const keys: string[] = [];
  const own = /^\s*(?:-\s+)?([^\s:#][^:#]*):\s/.exec(`${line} `);
  if (own !== null && offset > lineStart + own[0].length - 2) keys.unshift(unquote(own[1]!));
  let limit = /^\s*/.exec(line)![0].length + (isItem ? 1 : 0);
  let end = lineStart;
  while (end > 0 && limit > 0) {
    const start = text.lastIndexOf("\n", end - 2) + 1;
    const match = /^(\s*)(?:-\s+)?([^\s:#-][^:#]*):(?:\s|$)/.exec(text.slice(start, end));
    if (match !== null && match[1]!.length < limit) {
      keys.unshift(unquote(match[2]!));
      limit = match[1]!.length;
    }
    end = start;
  }
  return { keys, isItem };
}

/** A key and where it stands. */
export interface PlacedKey {
  readonly name: string;
  readonly range: OffsetRange;
}

/** The keys one level below a top-level section, in file order. */
export function keysBelow(text: string, section: string): readonly PlacedKey[] {
  const header = new RegExp(`^${section}:[^\\n]*\\n`, "m").exec(text);
  if (header === null) return [];
  const names: PlacedKey[] = [];
  let indent: number | undefined;
  let next = header.index + header[0].length;
  for (const line of text.slice(next).split("\n")) {
    const lineStart = next;
    next += line.length + 1;
    if (/^\s*(?:#.*)?$/.test(line)) continue;
    const match = /^(\s+)([^\s:#-][^:#]*):(?:\s|$)/.exec(line);
    if (/^\S/.test(line)) break;
    indent ??= match?.[1]?.length;
    if (match === null || match[1]!.length !== indent) continue;
    const start = lineStart + indent;
    names.push({ name: unquote(match[2]!), range: { start, end: start + match[2]!.length } });
  }
  return names;
}

function unquote(key: string): string {
  return key.trim().replace(/^(["'])(.*)\1$/, "$2");
}
