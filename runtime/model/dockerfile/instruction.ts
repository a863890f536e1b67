import type { OffsetRange, Severity } from "../text/problem.ts";
import { scanFlags } from "./flags.ts";
import { isHeredocWord, scanHeredocs } from "./heredoc.ts";
import { isBlank, type LogicalLine, rangeIn, trimSpan } from "./logical-line.ts";
import { readPairs } from "./pairs.ts";
import type { ReadContext } from "./read-context.ts";
import type { CommandForm, Flag, Heredoc, Instruction, Word } from "./types.ts";
import { type InstructionName, instructionFlags, isInstructionName } from "./vocabulary.ts";
import { jsonWords, restWord, splitAtBlanks, wordAt } from "./words.ts";

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
    report(
      context,
      "unknown-instruction",
      "UNKNOWN_INSTRUCTION",
      `unknown instruction: ${raw.keyword.value}`,
      raw.keyword.range,
    );
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
      return {
        ...base,
        name,
        pairs: readPairs(name, base.keyword, parts.raw.line, parts.start, parts.context),
      };
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
  if (!isWellFormed) noteFromWords(parts, words);
  if (alias !== undefined && !/^[a-z][a-z0-9-_.]*$/i.test(alias.value)) {
    const message = `invalid name for build stage: "${alias.value}", name can't start with a number or contain symbols`;
    report(parts.context, "invalid-stage-name", "INVALID_BUILD_STAGE_NAME", message, alias.range);
  }
  const platform = parts.base.flags.find((flag) => flag.name === "platform")?.value;
  return { ...parts.base, name: "FROM", image, alias: isWellFormed ? alias : undefined, platform };
}

function noteFromWords({ context, base }: Parts, words: readonly Word[]): void {
  const message = "FROM requires either one or three arguments";
  const [, as, last = words.at(-1)] = words;
  if (last === undefined) {
    report(context, "missing-argument", "ARGUMENT_MISSING", message, base.keyword.range);
  } else if (words.length === 3 && as !== undefined) {
    report(context, "invalid-as", "INVALID_AS", `${message}, the second of three is AS`, as.range);
  } else {
    const range = words.at(-1)?.range ?? last.range;
    report(context, "missing-argument", "ARGUMENT_REQUIRES_ONE_OR_THREE", message, range);
  }
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
    const only = words.at(-1)?.range ?? argumentRange(parts);
    const range = words.length > 0 && jsonWords(line, parts.start) !== undefined ? inside(only) : only;
    const isMissing = parts.base.argumentText === "";
    const known = isMissing ? "ARGUMENT_MISSING" : "ARGUMENT_REQUIRES_AT_LEAST_TWO";
    report(parts.context, "missing-argument", known, message, isMissing ? parts.base.keyword.range : range);
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
    report(context, "missing-argument", "ARGUMENT_REQUIRES_AT_LEAST_ONE", message, base.keyword.range);
  } else if (kind === "NONE") {
    const message = "HEALTHCHECK NONE takes no arguments";
    if (rest[1] > rest[0]) {
      const range = rangeIn(parts.raw.line, ...rest);
      report(context, "unexpected-argument", "ARGUMENT_UNNECESSARY", message, range);
    }
    return { ...base, name: "HEALTHCHECK", command: undefined };
  } else if (kind !== "CMD") {
    const message = `Unknown type "${word.value}" in HEALTHCHECK (try CMD)`;
    report(context, "unexpected-argument", "UNKNOWN_TYPE", message, word.range);
  } else if (rest[0] === rest[1]) {
    const message = "Missing command after HEALTHCHECK CMD";
    report(context, "missing-argument", "HEALTHCHECK_CMD_ARGUMENT_MISSING", message, word.range);
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
    report(context, "missing-argument", "ARGUMENT_MISSING", message, base.keyword.range);
    return { ...base, name: "ONBUILD", trigger: undefined };
  }
  const keyword = wordAt(raw.line, parts.start, end, context.escape);
  const name = keyword.value.toUpperCase();
  if (name === "ONBUILD" || name === "FROM" || name === "MAINTAINER") {
    const message =
      name === "ONBUILD"
        ? "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"
        : `${name} isn't allowed as an ONBUILD trigger`;
    const known = name === "ONBUILD" ? "ONBUILD_CHAINING_DISALLOWED" : "ONBUILD_TRIGGER_DISALLOWED";
    report(context, "invalid-trigger", known, message, keyword.range);
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
    const isEmptyList = base.argumentText !== "";
    const known = isEmptyList && name === "SHELL" ? "SHELL_REQUIRES_ONE" : "ARGUMENT_MISSING";
    const range = isEmptyList ? argumentRange(parts) : base.keyword.range;
    report(context, "missing-argument", known, `${name} requires ${wanted}`, range);
  } else if (name === "SHELL" && json === undefined) {
    const message = "SHELL requires the arguments to be in JSON form";
    report(context, "invalid-json", "SHELL_JSON_FORM", message, spanOf(words));
  } else if (name === "VOLUME") noteBadJson(parts, parts.start);
  return { ...base, name, words, isJson: json !== undefined };
}

function readCommand(parts: Parts, start: number): CommandForm {
  const command = commandAt(parts, start);
  if (command.form === "shell" && command.text === "" && parts.base.heredocs.length === 0) {
    // BuildKit takes RUN and CMD without a command; that they say nothing is worth a word all the same.
    const isError = parts.name === "ENTRYPOINT";
    const message = `${parts.name} requires at least one argument`;
    const known = isError ? "ARGUMENT_MISSING" : "";
    const range = parts.base.keyword.range;
    report(parts.context, "missing-argument", known, message, range, isError ? "error" : "warning");
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
  report(parts.context, "invalid-json", "", message, rangeIn(line, from, to), "warning");
}

function takesHeredocs(name: InstructionName): boolean {
  return name === "RUN" || name === "COPY" || name === "ADD";
}

function readHeredocs(context: ReadContext, raw: RawInstruction, start: number): readonly Heredoc[] {
  const scan = scanHeredocs(context.source, raw.line, start, raw.range.end, context.escape);
  for (const heredoc of scan.unterminated) {
    const message = `unterminated heredoc: no line is ${heredoc.name}`;
    report(context, "unterminated-heredoc", "", message, heredoc.range);
  }
  return scan.heredocs;
}

function checkFlags(context: ReadContext, name: InstructionName, flags: readonly Flag[]): void {
  const known = instructionFlags[name] ?? [];
  for (const flag of flags) {
    if (known.includes(flag.name)) continue;
    const code = ["ADD", "COPY", "FROM", "HEALTHCHECK"].includes(name) ? `UNKNOWN_${name}_FLAG` : "";
    report(context, "unknown-flag", code, `${name} has no flag --${flag.name}`, flag.nameRange);
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

function argumentRange({ raw, start }: Parts): OffsetRange {
  return rangeIn(raw.line, ...trimSpan(raw.line.text, start, raw.line.text.length));
}

/** The string without its quotes. */
function inside({ start, end }: OffsetRange): OffsetRange {
  return { start: start + 1, end: Math.max(start + 1, end - 1) };
}

function spanOf(words: readonly Word[]): OffsetRange {
  return { start: words[0]?.range.start ?? 0, end: words.at(-1)?.range.end ?? 0 };
}

/** `known` is the name the mistake has in dockerfile-utils. */
function report(
  context: ReadContext,
  code: string,
  known: string,
  message: string,
  range: OffsetRange,
  severity: Severity = "error",
): void {
  const codes = known === "" ? [] : code === "invalid-trigger" ? [known, "DL3043"] : [known];
  context.problems.push({ code, message, severity, range, codes });
}
