import type { Command, CommandGroup } from "./command.ts";
import type { Flag } from "./command-line.ts";

/** `berth COMMAND --help`. */
export function printCommandHelp(path: string, command: Command): string {
  const flags = Object.entries(command.flags);
  const options = flags.length === 0 ? "" : `\nOptions:\n${rows(flags.map(flagRow))}`;
  return `Usage:  ${path} ${command.usage}\n\n${command.summary}\n${options}`;
}

/** `berth --help` and `berth GROUP --help`. */
export function printGroupHelp(
  path: string,
  summary: string,
  groups: readonly CommandGroup[],
  commands: readonly { readonly name: string; readonly summary: string }[],
): string {
  const list = (title: string, items: readonly { readonly name: string; readonly summary: string }[]) =>
    items.length === 0 ? "" : `\n${title}:\n${rows(items.map((item) => [item.name, item.summary]))}`;
  return (
    `Usage:  ${path} COMMAND\n\n${summary}\n${list("Management commands", groups)}${list("Commands", commands)}` +
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
