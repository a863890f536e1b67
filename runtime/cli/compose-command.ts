import type { ComposeSession } from "../compose/session.ts";
import type { TreeNode } from "../model/compose/tree.ts";
import type { Flags } from "./command-line.ts";
import { type ParsedArguments, wholeNumber } from "./compose-arguments.ts";
import type { Example } from "./help.ts";
import type { StandardStreams } from "./interactive.ts";

/** What a command works with. */
export interface ComposeContext {
  readonly session: ComposeSession;
  /** The merged Compose files. */
  readonly tree: TreeNode;
  /** Print the plan and do nothing. */
  readonly dryRun: boolean;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** This program's own streams, for what runs in the terminal; without them output is text. */
  readonly streams?: StandardStreams;
  readonly signal: AbortSignal;
}

export interface ComposeCommand {
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  readonly flags: Flags;
  readonly examples?: readonly Example[];
  /** What follows the first positional is not ours to read. */
  readonly stopAtPositional?: true;
  readonly run: (context: ComposeContext, parsed: ParsedArguments) => Promise<number>;
}

/** The `timeout` option in seconds. */
export function timeoutOf(parsed: ParsedArguments): number | undefined {
  const text = parsed.value("timeout");
  return text === undefined ? undefined : wholeNumber("--timeout", text);
}

/** The container's name without the project's: what a log line starts with. */
export function shortName(session: ComposeSession, name: string): string {
  const prefix = `${session.project.name}-`;
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}

/** `NAME=VALUE` options; `NAME` alone takes its value from the environment. */
export function assignments(
  texts: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts.map((text) => {
      const equals = text.indexOf("=");
      return equals < 0 ? [text, environment[text] ?? ""] : [text.slice(0, equals), text.slice(equals + 1)];
    }),
  );
}
