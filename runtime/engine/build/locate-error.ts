import type { Dockerfile, Instruction } from "../../model/dockerfile/types.ts";
import { lineAt, lineIndex } from "../../model/text/line-index.ts";
import { EngineError } from "../error.ts";

/** A command of a RUN that ended with another code than 0; clients end with that code. */
export class StepFailure extends EngineError {
  readonly exitCode: number;

  constructor(message: string, exitCode: number, options?: ErrorOptions) {
    super("invalid-argument", message, options);
    this.exitCode = exitCode;
  }
}

/** Where in a Dockerfile something is. */
export interface Place {
  /** Name of the Dockerfile. */
  readonly name: string;
  readonly file: Dockerfile;
  readonly instruction: Instruction;
}

const shownLength = 120;
/** Errors that have their place. */
const located = new WeakSet<EngineError>();

/** An expected failure of an instruction with its place before it: `Dockerfile:3: COPY a b: …`. Bugs stay as they are. */
export function locateError(error: unknown, { name, file, instruction }: Place): unknown {
  if (!(error instanceof EngineError) || located.has(error)) return error;
  const text = printInstruction(file, instruction);
  const shown = text.length > shownLength ? `${text.slice(0, shownLength)}…` : text;
  const message = `${name}:${lineOf(file, instruction)}: ${shown}: ${error.message}`;
  const cause = { cause: error };
  const made =
    error instanceof StepFailure
      ? new StepFailure(message, error.exitCode, cause)
      : new EngineError(error.kind, message, cause);
  located.add(made);
  return made;
}

/** Runs what an instruction asks for; what it throws gets the instruction's place. */
export function locating<T>(place: Place, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw locateError(error, place);
  }
}

/** First line of an instruction, from 1. */
export function lineOf({ text }: Dockerfile, { range }: Instruction): number {
  return lineAt(lineIndex(text), range.start) + 1;
}

/** The instruction as the build reads it: flags as written, continuations joined. */
export function printInstruction(
  { text }: Dockerfile,
  { keyword, flags, argumentText }: Instruction,
): string {
  const written = flags.map(({ range }) => `${text.slice(range.start, range.end)} `).join("");
  return `${keyword.value.toUpperCase()} ${written}${argumentText}`;
}
