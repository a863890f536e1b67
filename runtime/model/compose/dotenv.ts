import type { OffsetRange } from "../text/problem.ts";

export interface DotenvProblem {
  readonly message: string;
  readonly range: OffsetRange;
}

export interface DotenvParse {
  /** In file order. Null: a name without `=`, to be taken from the surrounding environment. */
  readonly variables: ReadonlyMap<string, string | null>;
  readonly problems: readonly DotenvProblem[];
}

/** Looks up what `$VAR` in a value stands for, after the file's own earlier variables. */
export type LookUp = (name: string) => string | undefined;

/**
 * An env file: `NAME=value`, `export NAME=value`, comments, single quotes (literal), double quotes (escapes, several
 * lines) and `$VAR`, `${VAR:-default}` outside single quotes. Never throws.
 * Source: Compose documentation, "Set, use, and manage variables with interpolation", ".env file syntax".
 */
export function parseDotenv(text: string, outer: LookUp = () => undefined): DotenvParse {
  const variables = new Map<string, string | null>();
  const problems: DotenvProblem[] = [];
  const expand = (value: string): string =>
    expandVariables(value, (name) => variables.get(name) ?? outer(name));
  let at = text.startsWith("\uFEFF") ? 1 : 0;
  while (at < text.length) {
    const lineEnd = endOfLine(text, at);
    const line = text.slice(at, lineEnd);
    if (/^\s*(#|$)/.test(line)) {
      at = lineEnd + 1;
      continue;
    }
    const head = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*(?:([=:])[ \t]*|\r?$)/.exec(line);
    if (head === null) {
      problems.push({
        message: `expected NAME=value, found "${line.trim()}"`,
        range: { start: at, end: lineEnd },
      });
      at = lineEnd + 1;
      continue;
    }
    const name = head[1]!;
    if (head[2] === undefined) {
      variables.set(name, null);
      at = lineEnd + 1;
      continue;
    }
    const valueStart = at + head[0].length;
    const value = readValue(text, valueStart, lineEnd, expand);
    if (value.problem !== undefined)
      problems.push({ message: `${name}: ${value.problem}`, range: { start: at, end: lineEnd } });
    variables.set(name, value.text);
    at = endOfLine(text, value.end) + 1;
  }
  return { variables, problems };
}

interface ReadValue {
  readonly text: string;
  readonly end: number;
  readonly problem?: string;
}

function readValue(
  text: string,
  start: number,
  lineEnd: number,
  expand: (value: string) => string,
): ReadValue {
  const quote = text[start];
  if (quote !== "'" && quote !== '"') {
    const plain = text
      .slice(start, lineEnd)
      .replace(/(^|[ \t])#.*$/, "")
      .trim();
    return { text: expand(plain), end: lineEnd };
  }
  const close = closingQuote(text, start + 1, quote);
  if (close === undefined) {
    return { text: text.slice(start + 1, lineEnd), end: lineEnd, problem: `the closing ${quote} is missing` };
  }
  const inner = text.slice(start + 1, close);
  if (quote === "'") return { text: inner.replaceAll("\\'", "'"), end: close };
  return { text: expand(unescapeLetters(inner)), end: close };
}

function closingQuote(text: string, from: number, quote: string): number | undefined {
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === quote) return at;
  }
  return undefined;
}

/** `\$` stays escaped for the expansion that follows. */
function unescapeLetters(text: string): string {
  const letters: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", '"': '"', "\\": "\\" };
  return text.replace(/\\([nrt"\\])/g, (_, letter: string) => letters[letter] ?? letter);
}

function expandVariables(text: string, find: LookUp): string {
  return text.replace(
    /\\\$|\$\$|\$\{([A-Za-z_]\w*)(?:(:?[-+?])([^}]*))?\}|\$([A-Za-z_]\w*)/g,
    (
      whole,
      braced: string | undefined,
      operator: string | undefined,
      operand: string | undefined,
      plain: string | undefined,
    ) => {
      if (whole === "\\$" || whole === "$$") return "$";
      const value = find(braced ?? plain ?? "");
      if (operator === undefined) return value ?? "";
      const isGiven = value !== undefined && (!operator.startsWith(":") || value !== "");
      if (operator.endsWith("+")) return isGiven ? (operand ?? "") : "";
      return isGiven ? value : operator.endsWith("-") ? (operand ?? "") : "";
    },
  );
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end;
}
