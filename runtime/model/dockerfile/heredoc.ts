import type { LogicalLine } from "./logical-line.ts";
import type { Heredoc, Word } from "./types.ts";
import { splitQuoted, unquote } from "./words.ts";

export interface HeredocScan {
  readonly heredocs: readonly Heredoc[];
  /** Those whose delimiter never comes. */
  readonly unterminated: readonly Heredoc[];
  /** Offset behind the last body and its delimiter's line; where bodies would begin when there is none. */
  readonly end: number;
}

const heredocWord = /^\d*<<(-?)([^<]+)$/;

/** Is it `<<NAME`, `<<-NAME`, `<<"NAME"`, with a file descriptor in front or not? */
export function isHeredocWord(word: Word): boolean {
  return heredocWord.test(word.raw);
}

/**
 * The heredocs that the words from `start` announce, with the bodies that follow up to `end`, in order.
 * `content` has the leading tabs of `<<-` removed; the source text of `bodyRange` still has them.
 * Source: Dockerfile reference, "Here-Documents".
 */
export function scanHeredocs(
  source: string,
  line: LogicalLine,
  start: number,
  end: number,
  escapeCharacter: string,
): HeredocScan {
  const heredocs: Heredoc[] = [];
  const unterminated: Heredoc[] = [];
  let at = line.bodyStart;
  for (const word of splitQuoted(line, start, escapeCharacter)) {
    const match = heredocWord.exec(word.raw);
    const quotedName = match?.[2];
    if (quotedName === undefined) continue;
    const stripTabs = match?.[1] === "-";
    const name = unquote(quotedName, escapeCharacter);
    const body = readBody(source, at, end, name, stripTabs);
    const content = source.slice(at, body.end);
    const heredoc: Heredoc = {
      name,
      stripTabs,
      expand: name === quotedName,
      content: stripTabs ? content.replace(/^\t+/gm, "") : content,
      range: word.range,
      bodyRange: { start: at, end: body.end },
    };
    heredocs.push(heredoc);
    if (!body.isTerminated) unterminated.push(heredoc);
    at = body.next;
  }
  return { heredocs, unterminated, end: at };
}

function readBody(source: string, start: number, limit: number, name: string, stripTabs: boolean) {
  let at = start;
  while (at < limit) {
    const found = source.indexOf("\n", at);
    const lineEnd = found === -1 || found > limit ? limit : found;
    const line = source.slice(at, lineEnd).replace(/\r$/, "");
    const next = Math.min(limit, lineEnd + 1);
    if ((stripTabs ? line.replace(/^\t+/, "") : line) === name) return { end: at, next, isTerminated: true };
    at = next;
  }
  return { end: Math.max(start, limit), next: Math.max(start, limit), isTerminated: false };
}
