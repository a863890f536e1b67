import type { Readable, Writable } from "node:stream";
import type { EngineClient } from "../api/engine-client.ts";
import { type Flags, type FlagValues, parseCommandLine, UsageError } from "./command-line.ts";
import { type Example, type HelpTopic, printCommandHelp } from "./help.ts";

/** Where a command runs. */
export interface CommandContext {
  readonly client: EngineClient;
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** A command is data; `command` binds its flags' types. */
export interface Command extends HelpTopic {
  /** What follows the first word belongs to the container's command. */
  readonly stopsAtWord: boolean;
  readonly run: (argv: readonly string[], path: string, context: CommandContext) => Promise<number>;
}

export interface CommandGroup {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly Command[];
}

interface CommandSpec<F extends Flags> {
  readonly name: string;
  readonly summary: string;
  readonly usage: string;
  readonly flags: F;
  readonly examples?: readonly Example[];
  /** Least and greatest number of words. */
  readonly words: readonly [least: number, most: number];
  readonly stopsAtWord?: boolean;
  /** Gives the exit code; nothing means 0. */
  readonly run: (
    flags: FlagValues<F>,
    words: readonly string[],
    context: CommandContext,
    // biome-ignore lint/suspicious/noConfusingVoidType: a command without a code of its own need not say so
  ) => Promise<number | void>;
}

/** A command of a table, with the types of its flags kept inside. */
export function command<const F extends Flags>(spec: CommandSpec<F>): Command {
  const { name, summary, usage, flags, examples = [], stopsAtWord = false } = spec;
  const topic: HelpTopic = { name, summary, usage, flags, examples };
  const run: Command["run"] = async (argv, path, context) => {
    const parsed = parseCommandLine(argv, { flags, stopsAtWord });
    if (parsed.wantsHelp) {
      context.stdout.write(printCommandHelp(path, topic));
      return 0;
    }
    const [least, most] = spec.words;
    const count = parsed.words.length;
    if (count < least || count > most) throw new UsageError(wordCountMessage(path, least, most), 1);
    return (await spec.run(parsed.flags, parsed.words, context)) ?? 0;
  };
  return { ...topic, stopsAtWord, run };
}

function wordCountMessage(path: string, least: number, most: number): string {
  if (most === 0) return `"${path}" accepts no arguments`;
  const arguments_ = (count: number) => `${count} argument${count === 1 ? "" : "s"}`;
  if (least === most) return `"${path}" requires exactly ${arguments_(least)}`;
  if (most === Number.POSITIVE_INFINITY) return `"${path}" requires at least ${arguments_(least)}`;
  return `"${path}" requires ${least} to ${arguments_(most)}`;
}

/** Does the same for each name, goes on after a failure, and fails at the end if one failed. */
export async function forEachName(
  names: readonly string[],
  context: CommandContext,
  act: (name: string) => Promise<void>,
): Promise<number> {
  let code = 0;
  for (const name of names) {
    try {
      await act(name);
    } catch (error) {
      if (context.signal.aborted) throw error;
      context.stderr.write(`${errorText(error)}\n`);
      code = 1;
    }
  }
  return code;
}

/** As the docker command words what a server says. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.name === "ApiError" ? `Error response from daemon: ${error.message}` : error.message;
}
