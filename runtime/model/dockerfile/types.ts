import type { OffsetRange, Problem } from "../text/problem.ts";

/** A piece of text with its place. `value` has quotes, escapes and line continuations resolved; variables are not expanded. */
export interface Word {
  readonly value: string;
  /**
   * What variables are expanded in: as written, quotes and escapes included, line continuations joined; for a string of
   * a JSON array what it stands for. The source text stands at `range`.
   */
  readonly raw: string;
  readonly range: OffsetRange;
}

/** `--name=value` or `--name`. */
export interface Flag {
  readonly name: string;
  readonly value: string | undefined;
  readonly range: OffsetRange;
  readonly nameRange: OffsetRange;
  readonly valueRange: OffsetRange | undefined;
}

export interface Heredoc {
  readonly name: string;
  /** `<<-`: leading tabs are stripped. */
  readonly stripTabs: boolean;
  /** The delimiter was not quoted: variables in the body are expanded (COPY, ADD) or left to the shell (RUN). */
  readonly expand: boolean;
  readonly content: string;
  readonly range: OffsetRange;
  readonly bodyRange: OffsetRange;
}

export interface KeyValue {
  readonly key: Word;
  /** Undefined for `ARG NAME` without default. */
  readonly value: Word | undefined;
}

interface InstructionBase {
  /** The keyword as written. */
  readonly keyword: Word;
  /** From the keyword to the end of the last line, heredoc bodies included. */
  readonly range: OffsetRange;
  /** Text after the keyword and flags, continuations joined, comments inside removed: what classic history prints. */
  readonly argumentText: string;
  readonly flags: readonly Flag[];
  readonly heredocs: readonly Heredoc[];
  /** Index in `Dockerfile.stages`; -1 before the first FROM. */
  readonly stage: number;
}

/** A command in exec form (a JSON array) or shell form (one string for the shell). */
export type CommandForm =
  | { readonly form: "exec"; readonly words: readonly Word[] }
  | { readonly form: "shell"; readonly text: string; readonly range: OffsetRange };

export interface FromInstruction extends InstructionBase {
  readonly name: "FROM";
  readonly image: Word | undefined;
  readonly alias: Word | undefined;
  readonly platform: string | undefined;
}
export interface ArgInstruction extends InstructionBase {
  readonly name: "ARG";
  readonly pairs: readonly KeyValue[];
}
export interface EnvInstruction extends InstructionBase {
  readonly name: "ENV";
  readonly pairs: readonly KeyValue[];
}
export interface LabelInstruction extends InstructionBase {
  readonly name: "LABEL";
  readonly pairs: readonly KeyValue[];
}
export interface RunInstruction extends InstructionBase {
  readonly name: "RUN";
  readonly command: CommandForm;
}
export interface CommandInstruction extends InstructionBase {
  readonly name: "CMD" | "ENTRYPOINT";
  readonly command: CommandForm;
}
export interface CopyInstruction extends InstructionBase {
  readonly name: "COPY" | "ADD";
  /** Paths; heredoc sources are in `heredocs`, in order of appearance. */
  readonly sources: readonly Word[];
  readonly destination: Word | undefined;
}
export interface WordsInstruction extends InstructionBase {
  readonly name: "WORKDIR" | "EXPOSE" | "USER" | "VOLUME" | "STOPSIGNAL" | "SHELL" | "MAINTAINER";
  readonly words: readonly Word[];
  /** True when the arguments were a JSON array (VOLUME, SHELL). */
  readonly isJson: boolean;
}
export interface HealthcheckInstruction extends InstructionBase {
  readonly name: "HEALTHCHECK";
  /** Undefined for `HEALTHCHECK NONE`. */
  readonly command: CommandForm | undefined;
}
export interface OnbuildInstruction extends InstructionBase {
  readonly name: "ONBUILD";
  readonly trigger: Instruction | undefined;
}
export interface UnknownInstruction extends InstructionBase {
  readonly name: "UNKNOWN";
}

export type Instruction =
  | FromInstruction
  | ArgInstruction
  | EnvInstruction
  | LabelInstruction
  | RunInstruction
  | CommandInstruction
  | CopyInstruction
  | WordsInstruction
  | HealthcheckInstruction
  | OnbuildInstruction
  | UnknownInstruction;

export interface Stage {
  readonly index: number;
  /** Lower case; undefined when it has none. */
  readonly name: string | undefined;
  readonly from: FromInstruction;
  /** Without the FROM. */
  readonly instructions: readonly Instruction[];
}

export interface Directive {
  readonly name: string;
  readonly value: string;
  readonly range: OffsetRange;
}

/** A whole file; determined by its text. */
export interface Dockerfile {
  readonly text: string;
  readonly escape: "\\" | "`";
  readonly directives: readonly Directive[];
  readonly comments: readonly OffsetRange[];
  /** All, in order, FROMs and those before the first FROM included. */
  readonly instructions: readonly Instruction[];
  /** ARGs before the first FROM. */
  readonly globalArgs: readonly ArgInstruction[];
  readonly stages: readonly Stage[];
}

/** Parsing never fails: what is wrong with the syntax stands in `problems`. */
export interface DockerfileParse {
  readonly tree: Dockerfile;
  readonly problems: readonly Problem[];
}
