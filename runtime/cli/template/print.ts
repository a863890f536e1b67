/** As Go prints a value: lists in brackets, maps as `map[a:1]`. */
export function printValue(value: unknown): string {
  if (value === undefined || value === null) return "<no value>";
  if (Array.isArray(value)) return `[${value.map(printValue).join(" ")}]`;
  if (typeof value !== "object") return String(value);
  const entries = Object.entries(value).map(([key, each]) => `${key}:${printValue(each)}`);
  return `map[${entries.sort().join(" ")}]`;
}
