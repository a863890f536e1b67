import { ComposeError } from "../compose/compose-error.ts";

/** An option of a command. */
export interface OptionSpec {
  readonly name: string;
  /** One letter. */
  readonly short?: string;
  /** `value` may be given several times: the last one counts; `values` collects. */
  readonly takes: "nothing" | "value" | "values";
}

export interface ParsedArguments {
  readonly has: (name: string) => boolean;
  readonly value: (name: string) => string | undefined;
  readonly values: (name: string) => readonly string[];
  readonly positionals: readonly string[];
}

/**
 * Options as docker's commands take them: `--name value`, `--name=value`, `-n value`, `-nvalue`, `-ab`, `--flag=false`, `--`.
 * `stopAtPositional`: everything from the first positional on is positional. Throws ComposeError for what is unknown.
 */
export function parseArguments(
  argv: readonly string[],
  specs: readonly OptionSpec[],
  options: { readonly command: string; readonly stopAtPositional?: true },
): ParsedArguments {
  const found = new Map<string, string[]>();
  const positionals: string[] = [];
  const rest = [...argv];
  const fail = (message: string): ComposeError => new ComposeError(`${options.command}: ${message}`);
  const give = (spec: OptionSpec, flag: string, inline: string | undefined): void => {
    const value = spec.takes === "nothing" ? (inline ?? "true") : (inline ?? rest.shift());
    if (value === undefined) throw fail(`option ${flag} needs a value`);
    if (value === "false" && spec.takes === "nothing") found.delete(spec.name);
    else found.set(spec.name, [...(found.get(spec.name) ?? []), value]);
  };
  while (rest.length > 0) {
    const argument = rest.shift()!;
    if (argument === "--") {
      positionals.push(...rest.splice(0));
    } else if (argument.startsWith("--")) {
      const [flag = "", ...inline] = argument.split("=");
      const spec = specs.find((candidate) => `--${candidate.name}` === flag);
      if (spec === undefined) throw fail(`unknown option ${flag}`);
      give(spec, flag, inline.length > 0 ? inline.join("=") : undefined);
    } else if (argument.startsWith("-") && argument !== "-") {
      for (let at = 1; at < argument.length; at += 1) {
        const spec = specs.find((candidate) => candidate.short === argument[at]);
        if (spec === undefined) throw fail(`unknown option -${argument[at]}`);
        const inline = argument.slice(at + 1).replace(/^=/, "");
        if (spec.takes === "nothing") {
          give(spec, `-${argument[at]}`, undefined);
          continue;
        }
        give(spec, `-${argument[at]}`, inline === "" ? undefined : inline);
        break;
      }
    } else {
      positionals.push(argument);
      if (options.stopAtPositional) positionals.push(...rest.splice(0));
    }
  }
  return {
    has: (name) => found.has(name),
    value: (name) => found.get(name)?.at(-1),
    values: (name) => found.get(name) ?? [],
    positionals,
  };
}

/** A whole number of an option. Throws ComposeError. */
export function wholeNumber(option: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new ComposeError(`${option}: "${text}" is not a whole number`);
  return Number(text);
}
