import type { Dockerfile, Instruction, RunInstruction } from "../dockerfile/types.ts";
import type { OffsetRange, QuickFix, Severity } from "../text/problem.ts";
import type { ShellCommand } from "./shell.ts";

/** A severity, or `off`: the rule exists and can be switched on. */
export type RuleLevel = Severity | "off";

/** What a rule found; the rule's name and severity are added by the linter. */
export interface Finding {
  readonly range: OffsetRange;
  readonly message: string;
  /** Which of the rule's codes say the same of this place; all of them by default. */
  readonly codes?: readonly string[];
  /** Where it is another than the rule's: what fails the build beside what only surprises. A set level wins. */
  readonly severity?: Severity;
  readonly fixes?: readonly QuickFix[];
}

/** What a label's value must look like. */
export type LabelFormat = "text" | "url" | "rfc3339" | "spdx" | "hash" | "semver" | "email";

/** What the caller of the linter may set; all of it optional. */
export interface LintOptions {
  /** Level by rule name or known code (`DL3008`, `StageNameCasing`); names are compared without case. */
  readonly levels?: Readonly<Record<string, RuleLevel>>;
  /** Host names images may come from; empty or absent: any. `*.example.com` stands for all its subdomains. */
  readonly allowedRegistries?: readonly string[];
  /** Labels an image must have, and their formats. */
  readonly labelSchema?: Readonly<Record<string, LabelFormat>>;
  /** No labels but those of the schema. */
  readonly hasStrictLabels?: boolean;
  /** Whether the build context's ignore file leaves this path out; absent: not known. */
  readonly isIgnored?: (path: string) => boolean;
  /** Whether the build context has no such path; absent: not known. */
  readonly isMissing?: (path: string) => boolean;
}

/** What a rule looks at: the tree and what several rules derive from it, computed once per file. */
export interface LintSubject {
  readonly tree: Dockerfile;
  readonly options: LintOptions;
  /** All RUN instructions in order, ONBUILD RUN included. */
  readonly runs: readonly RunInstruction[];
  /** The commands of all RUNs that run one of the programs, in order. */
  calls(...programs: readonly string[]): readonly Call[];
  /** The simple commands of a RUN, CMD, ENTRYPOINT or HEALTHCHECK; empty where the shell is not a POSIX one. */
  commands(instruction: Instruction): readonly ShellCommand[];
}

/** A command and the RUN it stands in. */
export interface Call {
  readonly run: RunInstruction;
  readonly command: ShellCommand;
}

/** A lint rule is data: one file each, listed in `rules.ts`. */
export interface Rule {
  /** Kebab-case; the `code` of its problems. */
  readonly name: string;
  /** The names other linters know it by; suppressions and levels may use them. */
  readonly codes: readonly string[];
  readonly summary: string;
  /** Markdown: why it matters and what to do. */
  readonly documentation: string;
  readonly severity: RuleLevel;
  readonly check: (subject: LintSubject) => Iterable<Finding>;
}

/** A fix of one replaced range. */
export function replaceFix(title: string, range: OffsetRange, text: string, isSafe: boolean): QuickFix {
  return { title, edits: [{ range, text }], isSafe };
}

/** A fix that inserts text at an offset. */
export function insertFix(title: string, offset: number, text: string, isSafe: boolean): QuickFix {
  return replaceFix(title, { start: offset, end: offset }, text, isSafe);
}
