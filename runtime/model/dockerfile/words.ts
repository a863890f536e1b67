import { isBlank, type LogicalLine, rangeIn, trimSpan } from "./logical-line.ts";
import type { Word } from "./types.ts";

/** The word at `text[start, end)`; `value` with quotes and escapes resolved. */
export function wordAt(line: LogicalLine, start: number, end: number, escapeCharacter: string): Word {
  const raw = line.text.slice(start, end);
  return { value: unquote(raw, escapeCharacter), raw, range: rangeIn(line, start, end) };
}

/** Splits at blanks, whatever the quotes: the way of FROM, EXPOSE, COPY, VOLUME. */
export function splitAtBlanks(line: LogicalLine, start: number, escapeCharacter: string): Word[] {
  const words: Word[] = [];
  let at = start;
  while (at < line.text.length) {
    while (at < line.text.length && isBlank(line.text[at])) at++;
    const from = at;
    while (at < line.text.length && !isBlank(line.text[at])) at++;
    if (at > from) words.push(wordAt(line, from, at, escapeCharacter));
  }
  return words;
}

/** Splits at blanks outside of quotes: the way of ENV, LABEL, ARG and of heredoc words. */
export function splitQuoted(line: LogicalLine, start: number, escapeCharacter: string): Word[] {
  const words: Word[] = [];
  const { text } = line;
  let at = start;
  while (at < text.length) {
    while (at < text.length && isBlank(text[at])) at++;
    const from = at;
    at = endOfQuotedWord(text, at, escapeCharacter);
    if (at > from) words.push(wordAt(line, from, at, escapeCharacter));
  }
  return words;
}

/** Everything from `start` to the end as one word; undefined when there is nothing. */
export function restWord(line: LogicalLine, start: number, escapeCharacter: string): Word | undefined {
  const [from, to] = trimSpan(line.text, start, line.text.length);
  return to > from ? wordAt(line, from, to, escapeCharacter) : undefined;
}

/** The strings of a JSON array that is all the text from `start`; undefined when it is anything else. */
export function jsonWords(line: LogicalLine, start: number): Word[] | undefined {
  const [from, to] = trimSpan(line.text, start, line.text.length);
  const json = line.text.slice(from, to);
  if (!json.startsWith("[") || !json.endsWith("]")) return undefined;
  const values = parseStringArray(json);
  if (values === undefined) return undefined;
  const words: Word[] = [];
  let at = from + 1;
  for (const value of values) {
    const open = line.text.indexOf('"', at);
    let close = open + 1;
    while (close < to && line.text[close] !== '"') close += line.text[close] === "\\" ? 2 : 1;
    words.push({ value, raw: value, range: rangeIn(line, open, close + 1) });
    at = close + 1;
  }
  return words;
}

/** The end of the word that begins at `start`; an open quote reaches to the end of the text. */
export function endOfQuotedWord(text: string, start: number, escapeCharacter: string): number {
  let quote: string | undefined;
  let at = start;
  while (at < text.length) {
    const character = text[at];
    if (quote === undefined && isBlank(character)) return at;
    if (character === escapeCharacter && quote !== "'") at++;
    else if (quote === undefined && (character === '"' || character === "'")) quote = character;
    else if (character === quote) quote = undefined;
    at++;
  }
  return Math.min(at, text.length);
}

/** A word as the shell reads it, variables left as they are. Source: Dockerfile reference, "Environment replacement". */
export function unquote(raw: string, escapeCharacter: string): string {
  let quote: string | undefined;
  let value = "";
  for (let at = 0; at < raw.length; at++) {
    const character = raw[at] ?? "";
    if (character === escapeCharacter && quote !== "'") {
      const next = raw[at + 1];
      if (next === undefined) break;
      if (quote === '"' && next !== '"' && next !== "$" && next !== escapeCharacter) value += character;
      value += next;
      at++;
    } else if (quote === undefined && (character === '"' || character === "'")) quote = character;
    else if (character === quote) quote = undefined;
    else value += character;
  }
  return value;
}

function parseStringArray(json: string): string[] | undefined {
  try {
    const parsed: unknown = JSON.parse(json);
    if (!Array.isArray(parsed)) return undefined;
    const strings = parsed.filter((item): item is string => typeof item === "string");
    return strings.length === parsed.length ? strings : undefined;
  } catch {
    return undefined;
  }
}
