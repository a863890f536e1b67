import { isBlank, type LogicalLine, rangeIn } from "./logical-line.ts";
import type { Flag } from "./types.ts";
import { endOfQuotedWord, unquote } from "./words.ts";

export interface FlagScan {
  readonly flags: readonly Flag[];
  /** Where the arguments begin in the logical line. */
  readonly end: number;
}

/** The `--name=value` words at the front; `--` alone ends them. */
export function scanFlags(line: LogicalLine, start: number, escapeCharacter: string): FlagScan {
  const flags: Flag[] = [];
  let at = start;
  for (;;) {
    while (at < line.text.length && isBlank(line.text[at])) at++;
    if (!line.text.startsWith("--", at)) return { flags, end: at };
    const end = endOfQuotedWord(line.text, at, escapeCharacter);
    if (end === at + 2) return { flags, end };
    flags.push(flagAt(line, at, end, escapeCharacter));
    at = end;
  }
}

function flagAt(line: LogicalLine, start: number, end: number, escapeCharacter: string): Flag {
  const equals = line.text.indexOf("=", start);
  const hasValue = equals !== -1 && equals < end;
  const nameEnd = hasValue ? equals : end;
  return {
    name: line.text.slice(start + 2, nameEnd),
    value: hasValue ? unquoteFlag(line.text.slice(equals + 1, end), escapeCharacter) : undefined,
    range: rangeIn(line, start, end),
    nameRange: rangeIn(line, start, nameEnd),
    valueRange: hasValue ? rangeIn(line, equals + 1, end) : undefined,
  };
}

/** `$` keeps its escape: flag values are expanded later. */
function unquoteFlag(raw: string, escapeCharacter: string): string {
  return unquote(
    raw.replaceAll(`${escapeCharacter}$`, `${escapeCharacter}${escapeCharacter}$`),
    escapeCharacter,
  );
}
