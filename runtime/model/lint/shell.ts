import type { OffsetRange } from "../text/problem.ts";

/** One word of a shell command. `value` has quotes and escapes resolved; expansions stand as written. */
export interface ShellWord {
  readonly value: string;
  readonly raw: string;
  readonly range: OffsetRange;
}

/** What stands between two simple commands. */
export type Separator = "&&" | "||" | ";" | "|" | "&" | "(" | ")" | "\n" | "";

/** A simple command: assignments, a program and its arguments; redirections are left out. */
export interface ShellCommand {
  /** The program's name, without its directory; `""` when the command is only assignments. */
  readonly program: string;
  /** The program and its arguments. */
  readonly words: readonly ShellWord[];
  /** Programs in front that run the command, with their options: `sudo -E`, `env A=1`. */
  readonly wrappers: readonly ShellWord[];
  readonly range: OffsetRange;
  /** What ends the command before this one. */
  readonly before: Separator;
  readonly after: Separator;
  readonly assignments: readonly ShellWord[];
}

/** How the text is read: an instruction's lines are joined by the escape character, a heredoc's are not. */
export interface ShellSource {
  readonly text: string;
  readonly range: OffsetRange;
  readonly escape: "\\" | "`";
  readonly kind: "instruction" | "script";
}

const RESERVED = new Set([
  "if",
  "then",
  "else",
  "elif",
  "fi",
  "do",
  "done",
  "while",
  "until",
  "!",
  "time",
  "{",
  "}",
]);

/** Programs that run the command behind them, with their options that take a value. */
const WRAPPERS: ReadonlyMap<string, readonly string[]> = new Map([
  ["sudo", ["-u", "-g", "-C", "-D", "-R", "-T", "-h", "-p", "-r", "-t", "--user", "--group"]],
  ["doas", ["-u", "-C"]],
  ["env", ["-u", "-C", "--unset", "--chdir"]],
  ["nice", ["-n"]],
  ["command", []],
  ["eatmydata", []],
  ["nohup", []],
]);

/** A program's name without its directory. */
export function programName(word: ShellWord | undefined): string {
  const value = word?.value ?? "";
  return value.slice(value.lastIndexOf("/") + 1);
}

/** The arguments: all words after the program. */
export function argumentsOf(command: ShellCommand): readonly ShellWord[] {
  return command.words.slice(1);
}

/**
 * Splits shell text into simple commands with exact offsets. It is a reader for lint rules, not a shell: compound
 * commands are flattened, expansions are kept as text, and whatever is not understood ends up in a word.
 */
export function parseShell(source: ShellSource): ShellCommand[] {
  const tokens = tokenize(source);
  const commands: ShellCommand[] = [];
  let words: ShellWord[] = [];
  let before: Separator = "";
  const close = (after: Separator): void => {
    const command = commandOf(words, before, after);
    if (command !== undefined) commands.push(command);
    words = [];
    before = after;
  };
  for (const token of tokens) {
    if (token.separator === undefined) words.push(token.word);
    else close(token.separator);
  }
  close("");
  return commands;
}

function commandOf(all: readonly ShellWord[], before: Separator, after: Separator): ShellCommand | undefined {
  let first = 0;
  while (first < all.length && RESERVED.has(all[first]!.raw)) first++;
  const assigned = first;
  while (first < all.length && /^[A-Za-z_][A-Za-z0-9_]*=/.test(all[first]!.raw)) first++;
  if (assigned === all.length) return undefined;
  const program = behindWrappers(all, first);
  const words = all.slice(program);
  return {
    program: programName(words[0]),
    words,
    wrappers: all.slice(first, program),
    assignments: all.slice(assigned, first),
    range: { start: all[assigned]!.range.start, end: all[all.length - 1]!.range.end },
    before,
    after,
  };
}

/** Index of the program that the wrappers at `start` run; `start` where there is none, or none behind them. */
function behindWrappers(all: readonly ShellWord[], start: number): number {
  let at = start;
  for (;;) {
    const options = WRAPPERS.get(programName(all[at]));
    if (options === undefined) return at;
    let next = at + 1;
    while (next < all.length && /^(?:-|\w+=)/.test(all[next]!.value)) {
      next += options.includes(all[next]!.value) ? 2 : 1;
    }
    // `command -v x` asks where x is and does not run it.
    const isQuestion = programName(all[at]) === "command" && next > at + 1;
    if (next >= all.length || isQuestion) return at;
    at = next;
  }
}

type Token = { readonly separator: Separator } | { readonly separator: undefined; readonly word: ShellWord };

function tokenize(source: ShellSource): Token[] {
  const { text, range } = source;
  const tokens: Token[] = [];
  let dropNext = false;
  let at = skipBlank(source, range.start);
  while (at < range.end) {
    const separator = separatorAt(text, at, range.end);
    if (separator !== undefined) {
      tokens.push({ separator: separator as Separator });
      at = skipBlank(source, at + separator.length);
      dropNext = false;
      continue;
    }
    if (text[at] === "#") {
      at = source.kind === "script" ? lineEnd(text, at, range.end) : range.end;
      continue;
    }
    const redirect = redirectAt(text, at, range.end);
    if (redirect > 0) {
      at = skipBlank(source, at + redirect);
      dropNext = true;
      continue;
    }
    const word = readWord(source, at);
    if (!dropNext && word.raw !== "") tokens.push({ separator: undefined, word });
    dropNext = false;
    at = skipBlank(source, Math.max(word.range.end, at + 1));
  }
  return tokens;
}

function separatorAt(text: string, at: number, end: number): string | undefined {
  const two = at + 1 < end ? text.slice(at, at + 2) : "";
  if (two === "&&" || two === "||") return two;
  if (two === "&>") return undefined;
  const one = text[at]!;
  return ";|&()\n".includes(one) ? one : undefined;
}

/** Length of a redirection operator (`2>`, `>>`, `<<<`, `&>`, `>&`), 0 when none stands here. */
function redirectAt(text: string, at: number, end: number): number {
  const match = /^(?:\d*(?:>>|>&|>\||<<<|<<-?|<&|<>|<|>)|&>>?)/.exec(text.slice(at, Math.min(end, at + 8)));
  return match === null ? 0 : match[0].length;
}

function lineEnd(text: string, at: number, end: number): number {
  const newline = text.indexOf("\n", at);
  return newline < 0 || newline > end ? end : newline;
}

/** Skips blanks, continued lines and (in an instruction) whole-line comments between them. */
function skipBlank(source: ShellSource, from: number): number {
  const { text, range } = source;
  let at = from;
  while (at < range.end) {
    const char = text[at]!;
    if (char === " " || char === "\t" || char === "\r") at++;
    else if (char === "\n" && source.kind === "instruction") at = skipComments(text, at + 1, range.end);
    else {
      const next = continuationEnd(source, at);
      if (next < 0) return at;
      at = source.kind === "instruction" ? skipComments(text, next, range.end) : next;
    }
  }
  return range.end;
}

function skipComments(text: string, from: number, end: number): number {
  let at = from;
  for (;;) {
    const match = /^[ \t]*#[^\n]*\n?/.exec(text.slice(at, lineEnd(text, at, end) + 1));
    if (match === null || at >= end) return Math.min(at, end);
    at += match[0].length;
  }
}

/** The offset after an escape character that ends a line, or -1. */
function continuationEnd(source: ShellSource, at: number): number {
  const joiner = source.kind === "instruction" ? source.escape : "\\";
  if (source.text[at] !== joiner) return -1;
  let next = at + 1;
  while (next < source.range.end && " \t\r".includes(source.text[next]!)) next++;
  return next < source.range.end && source.text[next] === "\n" ? next + 1 : -1;
}

function readWord(source: ShellSource, start: number): ShellWord {
  const { text } = source;
  const end = source.range.end;
  let value = "";
  let at = start;
  while (at < end) {
    const char = text[at]!;
    if (/[\s;|&()<>]/.test(char)) break;
    if (
      char === "'" ||
      char === '"' ||
      char === "`" ||
      (char === "$" && "({".includes(text[at + 1] ?? " "))
    ) {
      const close = quotedEnd(text, at, end);
      value +=
        char === "'" || char === '"'
          ? unquote(text.slice(at + 1, close), char)
          : text.slice(at, Math.min(close + 1, end));
      at = close + 1;
      continue;
    }
    const next = continuationEnd(source, at);
    if (next >= 0) {
      at = source.kind === "instruction" ? skipComments(text, next, end) : next;
      continue;
    }
    if (char === "\\" && at + 1 < end) {
      value += text[at + 1]!;
      at += 2;
      continue;
    }
    value += char;
    at++;
  }
  const stop = Math.min(at, end);
  return { value, raw: text.slice(start, stop), range: { start, end: stop } };
}

/** Deeper nesting of quotes and expansions is read as plain text. */
const MAXIMUM_DEPTH = 40;

/** Offset of the character that closes the quote or expansion opened at `at`; `end` when it never closes. */
function quotedEnd(text: string, at: number, end: number, depth = 0): number {
  const open = text[at]!;
  if (open === "$") return bracketEnd(text, at + 1, end, depth);
  for (let i = at + 1; i < end; i++) {
    const char = text[i]!;
    if (char === open) return i;
    if (open === "'") continue;
    if (char === "\\") i++;
    else if (open === '"' && char === "$" && text[i + 1] === "(" && depth < MAXIMUM_DEPTH) {
      i = bracketEnd(text, i + 1, end, depth + 1);
    }
  }
  return end;
}

function bracketEnd(text: string, at: number, end: number, depth: number): number {
  const open = text[at]!;
  const close = open === "(" ? ")" : "}";
  let level = 0;
  for (let i = at; i < end; i++) {
    const char = text[i]!;
    if (char === "\\") i++;
    else if ((char === "'" || (char === '"' && open === "(")) && depth < MAXIMUM_DEPTH) {
      i = quotedEnd(text, i, end, depth + 1);
    } else if (char === open) level++;
    else if (char === close && --level === 0) return i;
  }
  return end;
}

function unquote(inner: string, quote: string): string {
  return quote === "'" ? inner : inner.replace(/\\(["\\$`])/g, "$1").replace(/\\\r?\n/g, "");
}
