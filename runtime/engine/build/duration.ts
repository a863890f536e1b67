const unitNanos: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** Nanoseconds of `1m30s`, `500ms`, `0`; undefined for anything else. Source: Go time.ParseDuration. */
export function parseDuration(text: string): number | undefined {
  const isNegative = text.startsWith("-");
  let rest = text.replace(/^[+-]/, "");
  if (rest === "0") return 0;
  if (rest === "" || rest.length > 100) return undefined;
  let nanos = 0;
  while (rest !== "") {
    const match = /^(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/.exec(rest);
    const unit = unitNanos[match?.[2] ?? ""];
    if (match === null || unit === undefined) return undefined;
    nanos += Number(match[1]) * unit;
    rest = rest.slice(match[0].length);
  }
  return Math.round(isNegative ? -nanos : nanos);
}
