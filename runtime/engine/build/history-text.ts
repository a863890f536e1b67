import type { HealthConfig } from "../../api/types/container.ts";

// How Docker's history writes values: it prints Go's structures. Tools take these texts apart, so ours are the same.

/** `["a" "b c"]`. */
export function printList(words: readonly string[]): string {
  return `[${words.map((word) => JSON.stringify(word)).join(" ")}]`;
}

/** `HEALTHCHECK &{["CMD" "x"] "5m0s" "0s" "0s" '\x03'}`: test, interval, timeout, start period, start interval if set, retries. */
export function printHealthcheck(check: HealthConfig): string {
  const { Test, Interval, Timeout, StartPeriod, StartInterval, Retries } = check;
  const spans = [Interval, Timeout, StartPeriod, ...(StartInterval === undefined ? [] : [StartInterval])];
  const printed = spans.map((nanos) => `"${printDuration(nanos ?? 0)}"`);
  return `HEALTHCHECK &{${[printList(Test ?? []), ...printed, printRune(Retries ?? 0)].join(" ")}}`;
}

/** Source: Go time.Duration.String. */
export function printDuration(nanos: number): string {
  if (nanos === 0) return "0s";
  if (nanos < 1e3) return `${nanos}ns`;
  if (nanos < 1e6) return `${nanos / 1e3}µs`;
  if (nanos < 1e9) return `${nanos / 1e6}ms`;
  const hours = Math.floor(nanos / 3600e9);
  const minutes = Math.floor((nanos % 3600e9) / 60e9);
  const seconds = `${(nanos % 60e9) / 1e9}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}

const runes: ReadonlyMap<number, string> = new Map([
  ...[..."abtnvfr"].map((letter, index): [number, string] => [7 + index, `\\${letter}`]),
  [0x27, "\\'"],
  [0x5c, "\\\\"],
]);

/** A number as Go's %q has it. Source: Go strconv.QuoteRune. */
function printRune(value: number): string {
  const known = runes.get(value);
  if (known !== undefined) return `'${known}'`;
  if (value < 0x20 || value === 0x7f) return `'\\x${value.toString(16).padStart(2, "0")}'`;
  return `'${value <= 0x10ffff ? String.fromCodePoint(value) : "\ufffd"}'`;
}
