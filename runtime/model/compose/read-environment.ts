import { parseDotenv } from "./dotenv.ts";
import type { Fields } from "./fields.ts";
import { inherited, type ReadContext } from "./read-context.ts";
import { problemAt } from "./tree.ts";
import type { StringMap } from "./types.ts";

/** The variables of `env_file` (later files win) and `environment` (wins over files); names without value come from outside or are left out. */
export function readEnvironment(fields: Fields, context: ReadContext): StringMap {
  const variables = new Map<string, string>();
  for (const file of fields.list("env_file")) {
    const path = file.text("path");
    const required = file.flag("required") ?? true;
    const format = file.text("format");
    file.finish([]);
    if (path === undefined) continue;
    const text = context.readText(path, file.place, required);
    if (text === undefined) continue;
    const pairs = format === "raw" ? rawPairs(text) : envFilePairs(text, path, file, context, variables);
    for (const [name, value] of pairs) setOrInherit(variables, name, value, context);
  }
  for (const [name, value] of Object.entries(fields.nullableMap("environment"))) {
    setOrInherit(variables, name, value, context);
  }
  return Object.fromEntries(variables);
}

function envFilePairs(
  text: string,
  path: string,
  file: Fields,
  context: ReadContext,
  earlier: ReadonlyMap<string, string>,
): ReadonlyMap<string, string | null> {
  const parsed = parseDotenv(text, (name) => earlier.get(name) ?? inherited(context, name));
  for (const problem of parsed.problems) {
    context.report({ ...problemAt(file.place, "invalid-env-file", `${path}: ${problem.message}`) });
  }
  return parsed.variables;
}

/** Docker's own format: everything after the first `=`, as it stands. */
function rawPairs(text: string): ReadonlyMap<string, string | null> {
  const lines = text.split("\n").map((line) => line.replace(/\r$/, ""));
  const pairs = lines
    .filter((line) => line.trim() !== "" && !line.trimStart().startsWith("#"))
    .map((line) => {
      const equals = line.indexOf("=");
      return equals < 0
        ? ([line.trim(), null] as const)
        : ([line.slice(0, equals).trim(), line.slice(equals + 1)] as const);
    });
  return new Map(pairs);
}

function setOrInherit(
  variables: Map<string, string>,
  name: string,
  value: string | null,
  context: ReadContext,
): void {
  const found = value ?? inherited(context, name);
  if (found === undefined) variables.delete(name);
  else variables.set(name, found);
}
