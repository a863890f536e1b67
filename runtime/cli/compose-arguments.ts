import { ComposeError } from "../compose/compose-error.ts";
import { type Flags, parseCommandLine, UsageError } from "./command-line.ts";

/** A command line of Compose, whose commands ask for flags by name. */
export interface ParsedArguments {
  readonly has: (name: string) => boolean;
  readonly value: (name: string) => string | undefined;
  readonly values: (name: string) => readonly string[];
  readonly positionals: readonly string[];
  readonly wantsHelp: boolean;
}

/** Takes a command line apart. Throws ComposeError for what is unknown. */
export function parseArguments(
  argv: readonly string[],
  flags: Flags,
  options: { readonly command: string; readonly stopsAtWord?: boolean },
): ParsedArguments {
  try {
    const parsed = parseCommandLine(argv, { flags, stopsAtWord: options.stopsAtWord ?? false });
    const values: Readonly<Record<string, unknown>> = parsed.flags;
    return {
      has: (name) => values[name] === true,
      value: (name) => (typeof values[name] === "string" ? values[name] : undefined),
      values: (name) => {
        const list = values[name];
        return Array.isArray(list) ? list : [];
      },
      positionals: parsed.words,
      wantsHelp: parsed.wantsHelp,
    };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new ComposeError(`${options.command}: ${error.message}`);
  }
}

/** A whole number of an option. Throws ComposeError. */
export function wholeNumber(option: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new ComposeError(`${option}: "${text}" is not a whole number`);
  return Number(text);
}
