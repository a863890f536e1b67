import { nearest } from "../model/text/nearest.ts";

/** What a flag gives: undefined or empty when it is absent. */
export type Flag<T> = {
  readonly kind: "switch" | "text" | "number" | "list";
  readonly short?: string;
  readonly help: string;
  /** Names the value in help and tells shell completion what to offer. */
  readonly placeholder?: string;
  /** Older names of it, which help leaves out. */
  readonly aliases?: readonly string[];
  /** What a switch is when it is absent. */
  readonly initially?: boolean;
  /** Never there; carries the type. */
  readonly type?: T;
};

export type Flags = Readonly<Record<string, Flag<unknown>>>;

export type FlagValues<F extends Flags> = {
  readonly [K in keyof F]: F[K] extends Flag<infer T> ? T : never;
};

/** `--name` or `--name=false`. */
export function onOff(help: string, short?: string, initially = false): Flag<boolean> {
  return { kind: "switch", help, short, initially };
}

export function text(placeholder: string, help: string, short?: string): Flag<string | undefined> {
  return { kind: "text", help, placeholder, short };
}

export function number(placeholder: string, help: string, short?: string): Flag<number | undefined> {
  return { kind: "number", help, placeholder, short };
}

/** May be given several times. */
export function list(placeholder: string, help: string, short?: string): Flag<readonly string[]> {
  return { kind: "list", help, placeholder, short };
}

/** The same flag, known by other names too. */
export function alias<T>(flag: Flag<T>, ...aliases: readonly string[]): Flag<T> {
  return { ...flag, aliases };
}

/** The command line is not one the command takes; the message goes to the user together with the usage. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  /** What the program ends with: 125 for flags, as docker's does. */
  readonly exitCode: number;

  constructor(message: string, exitCode = 125) {
    super(message);
    this.exitCode = exitCode;
  }
}

export interface ParseOptions<F extends Flags> {
  readonly flags: F;
  /** Everything after the first word that is no flag is left alone: it belongs to the container's command. */
  readonly stopsAtWord: boolean;
}

export interface Parsed<F extends Flags> {
  readonly flags: FlagValues<F>;
  readonly words: readonly string[];
  readonly wantsHelp: boolean;
}

/** Takes a command line apart. Throws `UsageError` for what is not in `flags`. */
export function parseCommandLine<F extends Flags>(
  argv: readonly string[],
  options: ParseOptions<F>,
): Parsed<F> {
  const values = new Map<string, unknown>();
  for (const [name, flag] of Object.entries(options.flags)) {
    values.set(name, flag.kind === "list" ? [] : flag.kind === "switch" ? flag.initially : undefined);
  }
  const words: string[] = [];
  const rest = [...argv];
  let wantsHelp = false;
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--") {
      words.push(...rest);
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      words.push(word);
      if (!options.stopsAtWord) continue;
      words.push(...rest);
      break;
    }
    if (word === "--help") wantsHelp = true;
    else if (word.startsWith("--")) takeLong(word, rest, options.flags, values);
    else takeShort(word, rest, options.flags, values);
  }
  // Each value was read as its flag says.
  return { flags: Object.fromEntries(values) as FlagValues<F>, words, wantsHelp };
}

function takeLong(word: string, rest: string[], flags: Flags, values: Map<string, unknown>): void {
  const [, written = "", , given] = /^--([^=]+)(=(.*))?$/s.exec(word) ?? [];
  const known = Object.entries(flags).find(([, { aliases }]) => aliases?.includes(written));
  const name = known?.[0] ?? written;
  const flag = Object.hasOwn(flags, name) ? flags[name] : undefined;
  if (flag === undefined) {
    const meant = nearest(name, Object.keys(flags));
    const hint = meant === undefined ? "" : `; did you mean --${meant}?`;
    throw new UsageError(`unknown flag: ${word.split("=", 1)[0]}${hint}`);
  }
  setValue(`--${name}`, name, flag, given ?? (flag.kind === "switch" ? "true" : rest.shift()), values);
}

/** `-it`, `-p80:80`, `-p 80:80`, `-p=80:80`. */
function takeShort(word: string, rest: string[], flags: Flags, values: Map<string, unknown>): void {
  for (let at = 1; at < word.length; at += 1) {
    const letter = word[at] ?? "";
    const found = Object.entries(flags).find(([, flag]) => flag.short === letter);
    if (found === undefined) throw new UsageError(`unknown shorthand flag: '${letter}' in ${word}`);
    const [name, flag] = found;
    if (flag.kind === "switch" && word[at + 1] !== "=") {
      setValue(`-${letter}`, name, flag, "true", values);
      continue;
    }
    const attached = word.slice(at + 1).replace(/^=/, "");
    setValue(`-${letter}`, name, flag, word.length > at + 1 ? attached : rest.shift(), values);
    return;
  }
}

function setValue(
  shown: string,
  name: string,
  flag: Flag<unknown>,
  value: string | undefined,
  values: Map<string, unknown>,
): void {
  if (value === undefined) throw new UsageError(`flag needs an argument: ${shown}`);
  switch (flag.kind) {
    case "switch":
      if (!/^(true|false|1|0)$/i.test(value)) {
        throw new UsageError(`invalid argument "${value}" for ${shown}: must be true or false`);
      }
      values.set(name, /^(true|1)$/i.test(value));
      return;
    case "number":
      if (!/^-?\d{1,15}$/.test(value)) {
        throw new UsageError(`invalid argument "${value}" for ${shown}: must be a whole number`);
      }
      values.set(name, Number(value));
      return;
    case "list":
      values.set(name, [...(values.get(name) as readonly string[]), value]);
      return;
    case "text":
      values.set(name, value);
  }
}
