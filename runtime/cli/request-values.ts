import type { RestartPolicy, Ulimit } from "../api/types/container.ts";
import { parseCpuNano, parseSizeBytes } from "../model/compose/quantities.ts";
import { UsageError } from "./command-line.ts";
import { durationSeconds } from "./time.ts";

// Values of flags as the API wants them. All throw `UsageError` that names the flag.

/** Bytes of a size such as `64m`; units are powers of 1024. */
export function sizeBytes(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const bytes = parseSizeBytes(text);
  if (bytes === undefined)
    throw new UsageError(`invalid argument "${text}" for --${flag}: use a size such as 64m`);
  return bytes;
}

/** The same, where -1 means no limit. */
export function limitBytes(flag: string, text: string | undefined): number | undefined {
  return text === "-1" ? -1 : sizeBytes(flag, text);
}

export function cpuNano(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const nano = parseCpuNano(text);
  if (nano === undefined)
    throw new UsageError(`invalid argument "${text}" for --cpus: use a number such as 1.5`);
  return nano;
}

/** Nanoseconds of a duration such as `1m30s`. */
export function durationNano(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = text === "0" ? 0 : durationSeconds(text);
  if (seconds === undefined) {
    throw new UsageError(`invalid argument "${text}" for --${flag}: use a duration such as 1m30s`);
  }
  return Math.round(seconds * 1e9);
}

export function restartPolicy(text: string): RestartPolicy {
  const [, name, count] = /^(no|always|unless-stopped|on-failure)(?::(\d+))?$/.exec(text) ?? [];
  if (name === undefined || (count !== undefined && name !== "on-failure")) {
    throw new UsageError(
      `invalid restart policy '${text}': use no, always, unless-stopped or on-failure[:MAX]`,
    );
  }
  // The expression allows no other.
  return { Name: name as RestartPolicy["Name"], MaximumRetryCount: Number(count ?? 0) };
}

export function ulimit(text: string): Ulimit {
  const [, name, soft, hard] = /^(\w+)=(-?\d+)(?::(-?\d+))?$/.exec(text) ?? [];
  if (name === undefined || soft === undefined) {
    throw new UsageError(`invalid argument "${text}" for --ulimit: use NAME=SOFT[:HARD]`);
  }
  return { Name: name, Soft: Number(soft), Hard: Number(hard ?? soft) };
}

/** `NAME=VALUE` texts as an object; `NAME` alone is empty. */
export function pairs(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(texts.map((each) => cut(each, "=")));
}

/** Both sides of the first separator; the right one is empty when there is none. */
export function cut(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

/** `NAME` alone takes the value around us, and nothing when there is none. */
export function environment(
  texts: readonly string[],
  around: Readonly<Record<string, string | undefined>>,
): string[] {
  return texts.flatMap((each) => {
    if (each.includes("=")) return [each];
    const value = around[each];
    return value === undefined ? [] : [`${each}=${value}`];
  });
}

/** `PATH:AMOUNT` as the limits of one block device; `amount` reads the second part. */
export function deviceLimit<Amount extends string>(
  flag: string,
  text: string,
  field: Amount,
  amount: (text: string) => number | undefined,
): { readonly Path: string } & Readonly<Record<Amount, number>> {
  const [path, written] = cut(text, ":");
  const value = amount(written);
  if (!path.startsWith("/dev/") || value === undefined) {
    throw new UsageError(`invalid argument "${text}" for --${flag}: use /dev/NAME:${field.toUpperCase()}`);
  }
  return { Path: path, ...({ [field]: value } as Readonly<Record<Amount, number>>) };
}

export function wholeNumber(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
