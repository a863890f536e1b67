/** `0.3 s`, `12 s`, `1 min 15 s`. */
export function printSeconds(seconds: number): string {
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** `12.3 MB`: decimal units, three digits. */
export function printBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${Number((bytes / 1000 ** power).toPrecision(3))} ${units[power]}`;
}

/** `3 weeks`, `1 hour`: the largest unit that fits once. */
export function printAge(seconds: number): string {
  const units: readonly (readonly [name: string, seconds: number])[] = [
    ["year", 365 * 86_400],
    ["month", 30 * 86_400],
    ["week", 7 * 86_400],
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60],
  ];
  const [name, length] = units.find(([, each]) => seconds >= each) ?? ["second", 1];
  const count = Math.max(0, Math.floor(seconds / length));
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}
