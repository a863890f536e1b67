import type { Flag, Flags } from "./command-line.ts";

/** What help says of a command. */
export interface HelpTopic {
  readonly name: string;
  readonly summary: string;
  /** What stands after the name, as in `[OPTIONS] CONTAINER [CONTAINER...]`. */
  readonly usage: string;
  readonly flags: Flags;
  /** Command lines people use, without the program's name, each with what it does. */
  readonly examples: readonly Example[];
}

export type Example = readonly [line: string, meaning: string];

interface Named {
  readonly name: string;
  readonly summary: string;
}

/** `berth COMMAND --help`. `path` is how the command was called. */
export function printCommandHelp(path: string, topic: HelpTopic): string {
  const flags = Object.entries(topic.flags);
  const examples = topic.examples.map(([line, meaning]) => `  berth ${line}\n      ${meaning}\n`).join("");
  return (
    `Usage:  ${`${path} ${topic.usage}`.trimEnd()}\n\n${topic.summary}\n` +
    `${examples === "" ? "" : `\nExamples:\n${examples}`}` +
    `${flags.length === 0 ? "" : `\nOptions:\n${rows(flags.map(flagRow))}`}`
  );
}

/** `berth --help` and `berth GROUP --help`. */
export function printGroupHelp(
  path: string,
  summary: string,
  sections: readonly (readonly [title: string, items: readonly Named[]])[],
  options: Flags = {},
): string {
  const lists = sections
    .filter(([, items]) => items.length > 0)
    .map(([title, items]) => `\n${title}:\n${rows(items.map((item) => [item.name, item.summary]))}`);
  const flags = Object.entries(options);
  const global = flags.length === 0 ? "" : `\nGlobal options:\n${rows(flags.map(flagRow))}`;
  return (
    `Usage:  ${path} ${flags.length === 0 ? "" : "[OPTIONS] "}COMMAND\n\n${summary}\n${lists.join("")}${global}` +
    `\nRun '${path} COMMAND --help' for more about a command.\n`
  );
}

function flagRow([name, flag]: [string, Flag<unknown>]): [string, string] {
  const short = flag.short === undefined ? "    " : `-${flag.short}, `;
  const value = flag.placeholder === undefined ? "" : ` ${flag.placeholder}`;
  return [`${short}--${name}${value}`, flag.help];
}

function rows(pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(...pairs.map(([left]) => left.length));
  return pairs.map(([left, right]) => `  ${left.padEnd(width)}   ${right}\n`).join("");
}
