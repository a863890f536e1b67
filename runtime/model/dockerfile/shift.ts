import type { OffsetRange, Problem } from "../text/problem.ts";
import type { CommandForm, Flag, Heredoc, Instruction, KeyValue, Word } from "./types.ts";

/** How far something stands from where it was read. */
export interface Shift {
  readonly offset: number;
  readonly stage: number;
}

/** The instruction as it would have been read further on; itself where it stands as it stood. */
export function shiftInstruction(instruction: Instruction, by: Shift): Instruction {
  if (by.offset === 0 && by.stage === 0) return instruction;
  const { offset } = by;
  const base = {
    keyword: shiftWord(instruction.keyword, offset),
    range: shiftRange(instruction.range, offset),
    flags: instruction.flags.map((flag) => shiftFlag(flag, offset)),
    heredocs: instruction.heredocs.map((heredoc) => shiftHeredoc(heredoc, offset)),
    stage: instruction.stage + by.stage,
  };
  switch (instruction.name) {
    case "FROM":
      return {
        ...instruction,
        ...base,
        image: instruction.image && shiftWord(instruction.image, offset),
        alias: instruction.alias && shiftWord(instruction.alias, offset),
      };
    case "ARG":
    case "ENV":
    case "LABEL":
      return { ...instruction, ...base, pairs: instruction.pairs.map((pair) => shiftPair(pair, offset)) };
    case "RUN":
    case "CMD":
    case "ENTRYPOINT":
      return { ...instruction, ...base, command: shiftCommand(instruction.command, offset) };
    case "HEALTHCHECK":
      return {
        ...instruction,
        ...base,
        command: instruction.command && shiftCommand(instruction.command, offset),
      };
    case "COPY":
    case "ADD":
      return {
        ...instruction,
        ...base,
        sources: instruction.sources.map((word) => shiftWord(word, offset)),
        destination: instruction.destination && shiftWord(instruction.destination, offset),
      };
    case "ONBUILD":
      return {
        ...instruction,
        ...base,
        trigger: instruction.trigger && shiftInstruction(instruction.trigger, by),
      };
    case "UNKNOWN":
      return { ...instruction, ...base };
    default:
      return { ...instruction, ...base, words: instruction.words.map((word) => shiftWord(word, offset)) };
  }
}

/** The problem of a text that stands further on. */
export function shiftProblem(problem: Problem, offset: number): Problem {
  return offset === 0 ? problem : { ...problem, range: shiftRange(problem.range, offset) };
}

export function shiftRange({ start, end }: OffsetRange, offset: number): OffsetRange {
  return { start: start + offset, end: end + offset };
}

function shiftWord({ value, raw, range }: Word, offset: number): Word {
  return { value, raw, range: shiftRange(range, offset) };
}

function shiftPair({ key, value }: KeyValue, offset: number): KeyValue {
  return { key: shiftWord(key, offset), value: value && shiftWord(value, offset) };
}

function shiftFlag(flag: Flag, offset: number): Flag {
  return {
    ...flag,
    range: shiftRange(flag.range, offset),
    nameRange: shiftRange(flag.nameRange, offset),
    valueRange: flag.valueRange && shiftRange(flag.valueRange, offset),
  };
}

function shiftHeredoc(heredoc: Heredoc, offset: number): Heredoc {
  return {
    ...heredoc,
    range: shiftRange(heredoc.range, offset),
    bodyRange: shiftRange(heredoc.bodyRange, offset),
  };
}

function shiftCommand(command: CommandForm, offset: number): CommandForm {
  return command.form === "exec"
    ? { form: "exec", words: command.words.map((word) => shiftWord(word, offset)) }
    : { ...command, range: shiftRange(command.range, offset) };
}
