import { UsageError } from "./command-line.ts";

/** Unix seconds of a moment as people write it: seconds, a date, or how long ago (`1h30m`). Throws `UsageError`. */
export function pointInTime(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value);
  const ago = durationSeconds(value);
  if (ago !== undefined) return Date.now() / 1000 - ago;
  const parsed = Date.parse(value);
  if (Number.isNaN(parsed))
    throw new UsageError(`"${value}" is no point in time: use a date, Unix seconds, or 10m`);
  return parsed / 1000;
}

const unitSeconds: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
};

/** Seconds of a duration as Go writes it: `1h30m`, `1.5s`, `300ms`. Undefined for what is none. */
export function durationSeconds(value: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(value)) return undefined;
  let seconds = 0;
  for (const [, amount, unit = "s"] of value.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)) {
    seconds += Number(amount) * (unitSeconds[unit] ?? 1);
  }
  return seconds;
}
