import type { OffsetRange, Problem } from "../text/problem.ts";
import type { LogicalLine } from "./logical-line.ts";
import type { ReadContext } from "./read-context.ts";
import type { KeyValue, Word } from "./types.ts";
import { restWord, splitQuoted, wordAt } from "./words.ts";

/**
 * The pairs of ARG, ENV and LABEL. `ENV NAME value with blanks` (no `=` in the first word) is one pair whose value is all
 * the rest. Source: Dockerfile reference, "ENV".
 */
export function readPairs(
  name: "ARG" | "ENV" | "LABEL",
  keyword: Word,
  line: LogicalLine,
  start: number,
  context: ReadContext,
): KeyValue[] {
  const words = splitQuoted(line, start, context.escape);
  const first = words[0];
  if (first === undefined) {
    const message = `${name} requires at least one argument`;
    context.problems.push(problem("missing-argument", "ARGUMENT_MISSING", message, keyword.range));
    return [];
  }
  if (name !== "ARG" && !first.raw.includes("=")) return legacyPair(name, line, first, context);
  return words.flatMap((word) => {
    const pair = splitPair(line, word, context.escape);
    if (pair.key.raw === "") {
      const message = `${name} names can not be blank`;
      context.problems.push(problem("missing-argument", "SYNTAX_MISSING_NAMES", message, word.range));
      return [];
    }
    if (pair.value === undefined && name !== "ARG") {
      const message = `Syntax error - can't find = in "${word.raw}". Must be of the form: name=value`;
      context.problems.push(problem("missing-equals", "SYNTAX_MISSING_EQUALS", message, word.range));
      return [];
    }
    return [pair];
  });
}

function legacyPair(name: string, line: LogicalLine, key: Word, context: ReadContext): KeyValue[] {
  const value = restWord(line, indexOf(line, key) + key.raw.length, context.escape);
  if (value !== undefined) return [{ key, value }];
  const message = `${name} must have two arguments`;
  context.problems.push(problem("missing-argument", "ARGUMENT_REQUIRES_TWO", message, key.range));
  return [];
}

/** `known` is the name the mistake has in dockerfile-utils. */
function problem(code: string, known: string, message: string, range: OffsetRange): Problem {
  return { code, message, severity: "error", range, codes: [known] };
}

function splitPair(line: LogicalLine, word: Word, escapeCharacter: string): KeyValue {
  const equals = word.raw.indexOf("=");
  if (equals === -1) return { key: word, value: undefined };
  const start = indexOf(line, word);
  return {
    key: wordAt(line, start, start + equals, escapeCharacter),
    value: wordAt(line, start + equals + 1, start + word.raw.length, escapeCharacter),
  };
}

/** Index in `line.text` of a word's first character; offsets rise, so a binary search finds it. */
function indexOf(line: LogicalLine, word: Word): number {
  let low = 0;
  let high = line.text.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((line.offsets[middle] ?? 0) < word.range.start) low = middle + 1;
    else high = middle;
  }
  return low;
}
