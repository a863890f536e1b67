/** A duration `1h5m30s20ms` or plain seconds (`30`) in milliseconds; undefined when it is none. Source: Compose specification, "Specifying durations". */
export function parseDurationMs(text: string): number | undefined {
  const trimmed = text.trim();
  if (/^\d+(\.\d+)?$/.test(trimmed)) return Number(trimmed) * 1000;
  if (!/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h|d|w))+$/.test(trimmed)) return undefined;
  let total = 0;
  for (const [, amount, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d|w)/g)) {
    total += Number(amount) * (UNIT_MS.get(unit ?? "") ?? 0);
  }
  return total;
}

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ["ns", 1e-6],
  ["us", 1e-3],
  ["µs", 1e-3],
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
  ["w", 604_800_000],
]);

/** A size `64m`, `1.5gb`, `2048` in bytes (units are powers of 1024); undefined when it is none. Source: Compose specification, "Specifying byte values". */
export function parseSizeBytes(text: string): number | undefined {
  const found = /^(\d+(?:\.\d+)?)\s*(?:([kmgtp])i?b?|b)?$/i.exec(text.trim());
  if (found === null) return undefined;
  const exponent = found[2] === undefined ? 0 : "kmgtp".indexOf(found[2].toLowerCase()) + 1;
  return Math.floor(Number(found[1]) * 1024 ** exponent);
}

/** CPUs as a decimal number (`0.5`) in nano-CPUs; undefined when it is none. */
export function parseCpuNano(text: string): number | undefined {
  return /^\d*\.?\d+$/.test(text.trim()) ? Math.round(Number(text) * 1e9) : undefined;
}

/** A file mode: octal as written (`0440`, `0o440`) or decimal when it has no leading zero, as YAML reads it. */
export function parseFileMode(text: string): number | undefined {
  const octal = /^0o?([0-7]+)$/.exec(text.trim());
  if (octal !== null) return Number.parseInt(octal[1]!, 8);
  return /^\d+$/.test(text.trim()) ? Number(text) : undefined;
}
