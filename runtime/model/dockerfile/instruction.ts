import type { OffsetRange, Problem, Severity } from "../text/problem.ts";
import { scanFlags } from "./flags.ts";
import { isHeredocWord, scanHeredocs } from "./heredoc.ts";
import { isBlank, type LogicalLine, rangeIn, trimSpan } from "./logical-line.ts";
import { readPairs } from "./pairs.ts";
import type { CommandForm, Flag, Heredoc, Instruction, Word } from "./types.ts";
import { type InstructionName, instructionFlags, isInstructionName } from "./vocabulary.ts";
import { jsonWords, restWord, splitAtBlanks, wordAt } from "./words.ts";

/** Where an instruction is read: what it shares with the others of its file. */
export interface ReadContext {
  readonly source: string;
  readonly escape: "\\" | "`";
  /** Problems found are added here. */
  readonly problems: Problem[];
}

/** One instruction before its arguments are read. */
export interface RawInstruction {
  readonly line: LogicalLine;
  readonly keyword: Word;
  readonly range: OffsetRange;
  /** Index in `line.text` where flags and arguments begin. */
  readonly start: number;
  readonly stage: number;
}

/** What all instructions have once their flags and heredocs are known. */
interface Parts {
  readonly context: ReadContext;
  readonly raw: RawInstruction;
  readonly name: InstructionName;
  /** Index in the logical line where the arguments begin, flags left behind. */
  readonly start: number;
  readonly base: {
    readonly keyword: Word;
    readonly range: OffsetRange;
    readonly argumentText: string;
    readonly flags: readonly Flag[];
    readonly heredocs: readonly Heredoc[];
    readonly stage: number;
  };
}

/** The typed instruction; what is wrong with it goes to `context.problems`. */
export function readInstruction(context: ReadContext, raw: RawInstruction): Instruction {
  const name = raw.keyword.value.toUpperCase();
  if (!isInstructionName(name)) {
    report(context, "unknown-instruction", `unknown instruction: ${raw.keyword.value}`, raw.keyword.range);
    return { ...baseOf(raw, raw.start, [], []), name: "UNKNOWN" };
  }
  const { flags, end: start } = scanFlags(raw.line, raw.start, context.escape);
  checkFlags(context, name, flags);
  const heredocs = takesHeredocs(name) ? readHeredocs(context, raw, start) : [];
  return readArguments({ context, raw, name, start, base: baseOf(raw, start, flags, heredocs) });
}

function readArguments(parts: Parts): Instruction {
  const { name, base } = parts;
  switch (name) {
    case "FROM":
      return readFrom(parts);
    case "ARG":
    case "ENV":
    case "LABEL":
      return { ...base, name, pairs: readPairs(name, parts.raw.line, parts.start, parts.context) };
    case "RUN":
    case "CMD":
    case "ENTRYPOINT":
      return { ...base, name, command: readCommand(parts, parts.start) };
    case "COPY":
    case "ADD":
      return readCopy(parts, name);
    case "HEALTHCHECK":
      return readHealthcheck(parts);
    case "ONBUILD":
      return readOnbuild(parts);
    default:
      return readWords(parts, name);
  }
}

function readFrom(parts: Parts): Instruction {
  const words = splitAtBlanks(parts.raw.line, parts.start, parts.context.escape);
  const [image, as, alias] = words;
  const isWellFormed = words.length === 1 || (words.length === 3 && as?.value.toUpperCase() === "AS");
  if (!isWellFormed) {
    const range = image === undefined || words.length === 3 ? parts.base.keyword.range : spanOf(words);
    report(parts.context, "missing-argument", "FROM requires either one or three arguments", range);
  }
  if (alias !== undefined && !/^[a-z][a-z0-9-_.]*$/i.test(alias.value)) {
    const message = `invalid name for build stage: "${alias.value}", name can't start with a number or contain symbols`;
    report(parts.context, "invalid-stage-name", message, alias.range);
  }
  const platform = parts.base.flags.find((flag) => flag.name === "platform")?.value;
  return { ...parts.base, name: "FROM", image, alias: isWellFormed ? alias : undefined, platform };
}

function readCopy(parts: Parts, name: "COPY" | "ADD"): Instruction {
  const { line } = parts.raw;
  const words = jsonWords(line, parts.start) ?? splitAtBlanks(line, parts.start, parts.context.escape);
  const destination = words.length > 1 ? words.at(-1) : undefined;
  if (destination === undefined) {
    const message =
      words.length === 0
        ? `${name} requires at least two arguments`
        : `${name} requires at least two arguments, but only one was provided. Destination could not be determined.`;
    report(parts.context, "missing-argument", message, parts.base.keyword.range);
  }
  const paths = destination === undefined ? words : words.slice(0, -1);
  noteBadJson(parts, parts.start);
  return { ...parts.base, name, sources: paths.filter((word) => !isHeredocWord(word)), destination };
}

function readHealthcheck(parts: Parts): Instruction {
  const { context, base } = parts;
  const { text } = parts.raw.line;
  let end = parts.start;
  while (end < text.length && !isBlank(text[end])) end++;
  const word = wordAt(parts.raw.line, parts.start, end, context.escape);
  const kind = word.value.toUpperCase();
  const rest = trimSpan(text, end, text.length);
  if (word.raw === "") {
    const message = "HEALTHCHECK requires at least one argument";
    report(context, "missing-argument", message, base.keyword.range);
  } else if (kind === "NONE") {
    if (rest[1] > rest[0])
      report(context, "unexpected-argument", "HEALTHCHECK NONE takes no arguments", word.range);
    return { ...base, name: "HEALTHCHECK", command: undefined };
  } else if (kind !== "CMD") {
    const message = `Unknown type "${word.value}" in HEALTHCHECK (try CMD)`;
    report(context, "unexpected-argument", message, word.range);
  } else if (rest[0] === rest[1]) {
    report(context, "missing-argument", "Missing command after HEALTHCHECK CMD", word.range);
  }
  return { ...base, name: "HEALTHCHECK", command: commandAt(parts, end) };
}

function readOnbuild(parts: Parts): Instruction {
  const { context, raw, base } = parts;
  const { text } = raw.line;
  let end = parts.start;
  while (end < text.length && !isBlank(text[end])) end++;
  if (end === parts.start) {
    const message = "ONBUILD requires at least one argument";
    report(context, "missing-argument", message, base.keyword.range);
    return { ...base, name: "ONBUILD", trigger: undefined };
  }
  const keyword = wordAt(raw.line, parts.start, end, context.escape);
  const name = keyword.value.toUpperCase();
  if (name === "ONBUILD" || name === "FROM" || name === "MAINTAINER") {
    const message =
      name === "ONBUILD"
        ? "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"
        : `${name} isn't allowed as an ONBUILD trigger`;
    report(context, "invalid-trigger", message, keyword.range);
    return { ...base, name: "ONBUILD", trigger: undefined };
  }
  const range = { start: keyword.range.start, end: raw.range.end };
  const trigger = readInstruction(context, { line: raw.line, keyword, range, start: end, stage: raw.stage });
  return { ...base, name: "ONBUILD", trigger, heredocs: trigger.heredocs };
}

type WordsName = "WORKDIR" | "EXPOSE" | "USER" | "VOLUME" | "STOPSIGNAL" | "SHELL" | "MAINTAINER";

function readWords(parts: Parts, name: WordsName): Instruction {
  const { context, base } = parts;
  const { line } = parts.raw;
  const isList = name === "VOLUME" || name === "SHELL";
  const json = isList ? jsonWords(line, parts.start) : undefined;
  const isSplit = isList || name === "EXPOSE";
  const rest = isSplit ? undefined : restWord(line, parts.start, context.escape);
  const split = isSplit ? splitAtBlanks(line, parts.start, context.escape) : [];
  const words = json ?? (rest === undefined ? split : [rest]);
  if (words.length === 0) {
    const wanted = isSplit ? "at least one argument" : "exactly one argument";
    report(context, "missing-argument", `${name} requires ${wanted}`, base.keyword.range);
  } else if (name === "SHELL" && json === undefined) {
    report(context, "invalid-json", "SHELL requires the arguments to be in JSON form", spanOf(words));
  } else if (name === "VOLUME") noteBadJson(parts, parts.start);
  return { ...base, name, words, isJson: json !== undefined };
}

function readCommand(parts: Parts, start: number): CommandForm {
  const command = commandAt(parts, start);
  if (command.form === "shell" && command.text === "" && parts.base.heredocs.length === 0) {
    const message = `${parts.name} requires at least one argument`;
    report(parts.context, "missing-argument", message, parts.base.keyword.range);
  }
  return command;
}

function commandAt(parts: Parts, start: number): CommandForm {
  const { line } = parts.raw;
  const words = jsonWords(line, start);
  if (words !== undefined) return { form: "exec", words };
  noteBadJson(parts, start);
  const [from, to] = trimSpan(line.text, start, line.text.length);
  return { form: "shell", text: line.text.slice(from, to), range: rangeIn(line, from, to) };
}

/** `["a", b]` was meant as a list, but is read as a shell line or as words. */
function noteBadJson(parts: Parts, start: number): void {
  const { line } = parts.raw;
  const [from, to] = trimSpan(line.text, start, line.text.length);
  const text = line.text.slice(from, to);
  if (!/^\[\s*"/.test(text) || !text.endsWith("]") || jsonWords(line, start) !== undefined) return;
  // `RUN [ "$a" = "$b" ]` is the shell's test, not a list.
  if (parts.name === "RUN" && /\s(=|==|!=|-[a-z]+)\s/.test(text)) return;
  const message = "this list is not valid JSON, so it is read as plain words";
  report(parts.context, "invalid-json", message, rangeIn(line, from, to), "warning");
}

function takesHeredocs(name: InstructionName): boolean {
  return name === "RUN" || name === "COPY" || name === "ADD";
}

function readHeredocs(context: ReadContext, raw: RawInstruction, start: number): readonly Heredoc[] {
  const scan = scanHeredocs(context.source, raw.line, start, raw.range.end, context.escape);
  for (const heredoc of scan.unterminated) {
    report(
      context,
      "unterminated-heredoc",
      `unterminated heredoc: no line is ${heredoc.name}`,
      heredoc.range,
    );
  }
  return scan.heredocs;
}

function checkFlags(context: ReadContext, name: InstructionName, flags: readonly Flag[]): void {
  const known = instructionFlags[name] ?? [];
  for (const flag of flags) {
    if (!known.includes(flag.name)) {
      report(context, "unknown-flag", `${name} has no flag --${flag.name}`, flag.nameRange);
    }
  }
}

function baseOf(
  raw: RawInstruction,
  start: number,
  flags: readonly Flag[],
  heredocs: readonly Heredoc[],
): Parts["base"] {
  const [from, to] = trimSpan(raw.line.text, start, raw.line.text.length);
  return {
    keyword: raw.keyword,
    range: raw.range,
    argumentText: raw.line.text.slice(from, to),
    flags,
    heredocs,
    stage: raw.stage,
  };
}

function spanOf(words: readonly Word[]): OffsetRange {
  return { start: words[0]?.range.start ?? 0, end: words.at(-1)?.range.end ?? 0 };
}

function report(
  context: ReadContext,
  code: string,
  message: string,
  range: OffsetRange,
  severity: Severity = "error",
): void {
  context.problems.push({ code, message, severity, range });
}
