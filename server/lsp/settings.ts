import type { LintOptions, RuleLevel } from "../../runtime/model/lint/rule.ts";

const LEVELS: ReadonlySet<unknown> = new Set(["error", "warning", "info", "hint", "off"]);

/** The lint settings in `initializationOptions` or a changed configuration; whatever is malformed is left out. */
export function readLintOptions(settings: unknown): LintOptions {
  const lint = property(property(settings, "berth") ?? settings, "lint");
  const levels: Record<string, RuleLevel> = {};
  for (const [name, level] of Object.entries(object(property(lint, "levels")))) {
    if (isLevel(level)) levels[name] = level;
  }
  const registries = property(lint, "allowedRegistries");
  const allowedRegistries = Array.isArray(registries)
    ? registries.filter((one) => typeof one === "string")
    : [];
  return { levels, allowedRegistries };
}

/** The ids of the other extensions that are there; only an editor's extension can tell. */
export function readExtensions(options: unknown): unknown {
  return property(options, "extensions");
}

function isLevel(value: unknown): value is RuleLevel {
  return LEVELS.has(value);
}

function property(value: unknown, name: string): unknown {
  return object(value)[name];
}

function object(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
