/** The part of a Compose file that the YAML service needs to answer at one place. */
export interface Excerpt {
  readonly text: string;
  /** The place asked for, in the excerpt. */
  readonly offset: number;
  /** What is to be added to the excerpt's offsets. */
  readonly shift: number;
}

/**
 * The service, or the section, that holds an offset, below the keys that lead to it. The YAML service reads a text whole
 * at every request; of a large file a block says as much as the rest, and is read at once.
 */
export function excerptAt(text: string, offset: number): Excerpt {
  const line = lineStart(text, offset);
  const indent = Math.min(indentOf(text, line) ?? offset - line, offset - line);
  const top = indent === 0 ? undefined : lineAbove(text, line, 1);
  if (top === undefined) return outline(text, line, offset);
  const key = /^[^\s:#]+(?=:)/.exec(text.slice(top, lineEnd(text, top)))?.[0];
  if (key !== "services" || line === top) return block(text, top, 1, offset, "");
  const first = firstBelow(text, top);
  const level = first === undefined ? undefined : indentOf(text, first);
  if (level === undefined || level === 0) return block(text, top, 1, offset, "");
  const service = lineAbove(text, lineEnd(text, line) + 1, level + 1);
  if (service === undefined || service <= top) return block(text, top, 1, offset, "");
  return block(text, service, level + 1, offset, "services:\n");
}

/** From a line to the next that is indented by less than `limit`. */
function block(text: string, start: number, limit: number, offset: number, head: string): Excerpt {
  let end = lineEnd(text, start) + 1;
  while (end < text.length && (end <= offset || (indentOf(text, end) ?? limit) >= limit)) {
    end = lineEnd(text, end) + 1;
  }
  const body = text.slice(start, end);
  return { text: head + body, offset: offset - start + head.length, shift: start - head.length };
}

/** The top-level keys alone, and the line asked for. */
function outline(text: string, line: number, offset: number): Excerpt {
  const before: string[] = [];
  const after: string[] = [];
  for (let at = 0; at < text.length; at = lineEnd(text, at) + 1) {
    if (at === line) continue;
    const key = /^[^\s:#-][^:#\n]*:/.exec(text.slice(at, lineEnd(text, at)))?.[0];
    if (key !== undefined) (at < line ? before : after).push(`${key}\n`);
  }
  const head = before.join("");
  const own = text.slice(line, lineEnd(text, line));
  return {
    text: `${head}${own}\n${after.join("")}`,
    offset: head.length + offset - line,
    shift: line - head.length,
  };
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

function lineEnd(text: string, offset: number): number {
  const end = text.indexOf("\n", offset);
  return end < 0 ? text.length : end;
}

/** Undefined for lines that are blank or comments. */
function indentOf(text: string, line: number): number | undefined {
  let at = line;
  while (text[at] === " ") at++;
  const character = text[at];
  return character === undefined || /[\r\n#\t]/.test(character) ? undefined : at - line;
}

/** The nearest line above `line` that is indented by less than `limit`. */
function lineAbove(text: string, line: number, limit: number): number | undefined {
  for (let at = line; at > 0; ) {
    at = lineStart(text, at - 1);
    const indent = indentOf(text, at);
    if (indent !== undefined && indent < limit && text[at + indent] !== "-") return at;
  }
  return undefined;
}

/** The first line with content below `line`, if it is deeper. */
function firstBelow(text: string, line: number): number | undefined {
  for (let at = lineEnd(text, line) + 1; at < text.length; at = lineEnd(text, at) + 1) {
    const indent = indentOf(text, at);
    if (indent !== undefined) return indent > 0 ? at : undefined;
  }
  return undefined;
}
