import { UsageError } from "./command-line.ts";

/**
 * The part of Go's templates that people write after `--format`: `{{.Path.To.Field}}`, `{{json .Field}}`,
 * `{{index .Map "key"}}`, `\t` and `\n`. Throws `UsageError` for anything else, rather than print something wrong.
 */
export function compileTemplate(source: string): (value: unknown) => string {
  if (source === "json") return (value) => JSON.stringify(value);
  const parts = source
    .replaceAll("\\t", "\t")
    .replaceAll("\\n", "\n")
    .split(/(\{\{.*?\}\})/s)
    .map((part): ((value: unknown) => string) => {
      const expression = /^\{\{-?\s*(.*?)\s*-?\}\}$/s.exec(part)?.[1];
      return expression === undefined ? () => part : compileExpression(expression);
    });
  return (value) => parts.map((part) => part(value)).join("");
}

function compileExpression(expression: string): (value: unknown) => string {
  const [, asJson, path] = /^(json\s+)?(\.[\w.]*)$/.exec(expression) ?? [];
  if (path !== undefined) {
    return (value) => (asJson === undefined ? print(walk(value, path)) : JSON.stringify(walk(value, path)));
  }
  const [, map, key] = /^index\s+(\.[\w.]*)\s+"([^"]*)"$/.exec(expression) ?? [];
  if (map !== undefined && key !== undefined) return (value) => print(field(walk(value, map), key));
  throw new UsageError(`template parsing error: {{${expression}}} is not supported`);
}

function walk(value: unknown, path: string): unknown {
  return path
    .split(".")
    .filter((name) => name !== "")
    .reduce(field, value);
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

/** As Go prints: lists in brackets, maps as `map[a:1]`. */
function print(value: unknown): string {
  if (value === undefined || value === null) return "<no value>";
  if (Array.isArray(value)) return `[${value.map(print).join(" ")}]`;
  if (typeof value !== "object") return String(value);
  const entries = Object.entries(value).map(([key, each]) => `${key}:${print(each)}`);
  return `map[${entries.sort().join(" ")}]`;
}
