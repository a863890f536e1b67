/** Value of a variable; undefined when it is not set. */
export type Lookup = (name: string) => string | undefined;

export type Expansion =
  | { readonly text: string; readonly unset: readonly string[]; readonly problem?: undefined }
  | { readonly text?: undefined; readonly unset?: undefined; readonly problem: string };

export interface ExpandOptions {
  /** The file's escape character. */
  readonly escape: string;
  /** Quotes and escapes stay as written (heredoc bodies, RUN's own words). Default: they are resolved. */
  readonly quotes?: "resolve" | "keep";
}

/**
 * One word with its variables replaced and its quotes and escapes resolved, as the Dockerfile shell does it:
 * `$x`, `${x}`, `${x:-w}`, `${x-w}`, `${x:+w}`, `${x+w}`, `${x:?w}`, `${x?w}`, `${x#p}`, `${x##p}`, `${x%p}`, `${x%%p}`,
 * `${x/p/w}`, `${x//p/w}`. `unset` names the variables that had no value.
 * Source: Dockerfile reference, "Environment replacement".
 */
export function expandWord(word: string, lookup: Lookup, options: ExpandOptions): Expansion {
  const reader = newReader(word, lookup, options);
  return finish(reader, () => readUntil(reader, "").join(""));
}

/** Like `expandWord`, but the result is split at blanks: the way of EXPOSE. */
export function expandWords(
  word: string,
  lookup: Lookup,
  options: ExpandOptions,
): { readonly words: readonly string[]; readonly problem?: undefined } | { readonly problem: string } {
  const reader = newReader(word, lookup, options);
  const result = finish(reader, () => readUntil(reader, "").join(""));
  if (result.problem !== undefined) return { problem: result.problem };
  return { words: result.text.split(/[ \t\r\n]+/).filter((piece) => piece !== "") };
}

interface Reader {
  readonly text: string;
  readonly lookup: Lookup;
  readonly escape: string;
  readonly keepQuotes: boolean;
  readonly unset: Set<string>;
  at: number;
  depth: number;
}

class ExpandProblem extends Error {}

const maxDepth = 50;
const maxLength = 1 << 20;

function newReader(text: string, lookup: Lookup, options: ExpandOptions): Reader {
  const keepQuotes = options.quotes === "keep";
  return { text, lookup, escape: options.escape, keepQuotes, unset: new Set(), at: 0, depth: 0 };
}

function finish(reader: Reader, read: () => string): Expansion {
  try {
    const text = read();
    if (text.length > maxLength) return { problem: `the value is longer than ${maxLength} characters` };
    return { text, unset: [...reader.unset] };
  } catch (error) {
    if (error instanceof ExpandProblem) return { problem: error.message };
    throw error;
  }
}

/** Reads to the end or to an unquoted character of `stops`, which is not consumed. */
function readUntil(reader: Reader, stops: string): string[] {
  const pieces: string[] = [];
  while (reader.at < reader.text.length) {
    const character = reader.text[reader.at] ?? "";
    if (stops.includes(character)) return pieces;
    if (character === "$") pieces.push(readVariable(reader));
    else if (character === reader.escape) pieces.push(readEscaped(reader));
    else if (character === "'" && !reader.keepQuotes) pieces.push(readSingleQuoted(reader));
    else if (character === '"' && !reader.keepQuotes) pieces.push(readDoubleQuoted(reader));
    else {
      pieces.push(character);
      reader.at++;
    }
  }
  return pieces;
}

function readEscaped(reader: Reader): string {
  const next = reader.text[reader.at + 1];
  reader.at += 2;
  if (next === undefined) return reader.keepQuotes ? reader.escape : "";
  return reader.keepQuotes && next !== "$" ? reader.escape + next : next;
}

function readSingleQuoted(reader: Reader): string {
  const end = reader.text.indexOf("'", reader.at + 1);
  if (end === -1)
    throw new ExpandProblem("unexpected end of statement while looking for matching single-quote");
  const inside = reader.text.slice(reader.at + 1, end);
  reader.at = end + 1;
  return inside;
}

function readDoubleQuoted(reader: Reader): string {
  const pieces: string[] = [];
  reader.at++;
  while (reader.at < reader.text.length) {
    const character = reader.text[reader.at] ?? "";
    if (character === '"') {
      reader.at++;
      return pieces.join("");
    }
    if (character === "$") pieces.push(readVariable(reader));
    else if (character === reader.escape) {
      const next = reader.text[reader.at + 1] ?? "";
      pieces.push(next === '"' || next === "$" || next === reader.escape ? next : reader.escape + next);
      reader.at += 2;
    } else {
      pieces.push(character);
      reader.at++;
    }
  }
  throw new ExpandProblem("unexpected end of statement while looking for matching double-quote");
}

function readVariable(reader: Reader): string {
  reader.at++;
  if (reader.text[reader.at] !== "{") {
    const name = readName(reader);
    return name === "" ? "$" : (variableValue(reader, name) ?? "");
  }
  reader.at++;
  const name = readName(reader);
  if (name === "")
    throw new ExpandProblem(
      reader.text[reader.at] === "}" ? "bad substitution" : "syntax error: bad substitution",
    );
  if (++reader.depth > maxDepth) throw new ExpandProblem("variables are nested too deeply");
  const value = readModified(reader, name);
  reader.depth--;
  if (reader.text[reader.at] !== "}") throw new ExpandProblem("syntax error: missing '}'");
  reader.at++;
  return value;
}

/** A name, or one digit or special parameter, which Docker never sets. */
function readName(reader: Reader): string {
  const special = reader.text[reader.at] ?? "";
  if (/[0-9@*#]/.test(special)) {
    reader.at++;
    return special;
  }
  const start = reader.at;
  while (/[A-Za-z0-9_]/.test(reader.text[reader.at] ?? "")) reader.at++;
  return reader.text.slice(start, reader.at);
}

function variableValue(reader: Reader, name: string): string | undefined {
  const value = reader.lookup(name);
  if (value === undefined) reader.unset.add(name);
  return value;
}

function readModified(reader: Reader, name: string): string {
  const value = reader.lookup(name);
  const operator = reader.text[reader.at] ?? "";
  switch (operator) {
    case "}":
      return variableValue(reader, name) ?? "";
    case ":":
    case "-":
    case "+":
    case "?":
      return readDefault(reader, name, value);
    case "#":
    case "%": {
      const isLongest = reader.text[reader.at + 1] === operator;
      reader.at += isLongest ? 2 : 1;
      const pattern = readUntil(reader, "}").join("");
      return trimPattern(value ?? "", pattern, operator === "#" ? "start" : "end", isLongest);
    }
    case "/": {
      const isAll = reader.text[reader.at + 1] === "/";
      reader.at += isAll ? 2 : 1;
      const pattern = readUntil(reader, "/}").join("");
      if (reader.text[reader.at] === "/") reader.at++;
      return replacePattern(value ?? "", pattern, readUntil(reader, "}").join(""), isAll);
    }
    default:
      throw new ExpandProblem(
        operator === "" ? "syntax error: missing '}'" : `unsupported modifier (${operator}) in substitution`,
      );
  }
}

function readDefault(reader: Reader, name: string, value: string | undefined): string {
  const hasColon = reader.text[reader.at] === ":";
  if (hasColon) reader.at++;
  const operator = reader.text[reader.at] ?? "";
  if (operator === "" || !"-+?".includes(operator)) {
    throw new ExpandProblem(`unsupported modifier (:${operator}) in substitution`);
  }
  reader.at++;
  const word = readUntil(reader, "}").join("");
  const isSet = value !== undefined && !(hasColon && value === "");
  if (operator === "+") return isSet ? word : "";
  if (isSet) return value;
  if (operator === "-") return word;
  throw new ExpandProblem(`${name}: ${word === "" ? "is not allowed to be unset" : word}`);
}

type Token = { readonly kind: "literal"; readonly text: string } | { readonly kind: "one" | "many" };

/** `*` any text, `?` one character, a backslash makes the next plain. */
function parsePattern(pattern: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] ?? "";
    if (character === "*") tokens.push({ kind: "many" });
    else if (character === "?") tokens.push({ kind: "one" });
    else if (character === "\\" && at + 1 < pattern.length)
      tokens.push({ kind: "literal", text: pattern[++at] ?? "" });
    else tokens.push({ kind: "literal", text: character });
  }
  return tokens;
}

/** For each length n: does the pattern match the first n characters of `text` from `start`? Time: pattern × text. */
function prefixMatches(tokens: readonly Token[], text: string, start: number): boolean[] {
  const length = text.length - start;
  let reachable = new Array<boolean>(length + 1).fill(false);
  reachable[0] = true;
  for (const token of tokens) {
    const next = new Array<boolean>(length + 1).fill(false);
    let any = false;
    for (let n = 0; n <= length; n++) {
      any ||= reachable[n] === true;
      if (token.kind === "many") next[n] = any;
      else if (n > 0 && reachable[n - 1]) next[n] = matchesOne(token, text[start + n - 1]);
    }
    reachable = next;
  }
  return reachable;
}

function matchesOne(token: Token, character: string | undefined): boolean {
  return token.kind === "literal" ? token.text === character : true;
}

function trimPattern(value: string, pattern: string, side: "start" | "end", isLongest: boolean): string {
  if (side === "end") {
    const reversed = trimTokens(reverse(value), parsePattern(pattern).reverse(), isLongest);
    return reverse(reversed);
  }
  return trimTokens(value, parsePattern(pattern), isLongest);
}

function trimTokens(value: string, tokens: readonly Token[], isLongest: boolean): string {
  const matches = prefixMatches(tokens, value, 0);
  const length = isLongest ? matches.lastIndexOf(true) : matches.indexOf(true);
  return length === -1 ? value : value.slice(length);
}

function replacePattern(value: string, pattern: string, replacement: string, isAll: boolean): string {
  const tokens = parsePattern(pattern);
  if (tokens.length === 0) return value;
  // Time grows with pattern × value²: values in Dockerfiles are short, and longer ones are left as they are.
  if (tokens.length * value.length * value.length > 50_000_000)
    throw new ExpandProblem("the value is too long for a replacement");
  let result = "";
  let at = 0;
  while (at < value.length) {
    const length = prefixMatches(tokens, value, at).lastIndexOf(true);
    if (length > 0) {
      result += replacement;
      at += length;
      if (!isAll) break;
    } else {
      result += value[at] ?? "";
      at++;
    }
  }
  return result + value.slice(at);
}

function reverse(text: string): string {
  return Array.from({ length: text.length }, (_, at) => text[text.length - 1 - at]).join("");
}
