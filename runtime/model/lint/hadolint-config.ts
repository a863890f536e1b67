import { parseDocument } from "yaml";
import type { LabelFormat, LintOptions, RuleLevel } from "./rule.ts";

/** hadolint's words for levels and label formats. */
const LEVELS: ReadonlyMap<unknown, RuleLevel> = new Map([
  ["error", "error"],
  ["warning", "warning"],
  ["info", "info"],
  ["style", "hint"],
  ["ignore", "off"],
]);
const FORMATS: ReadonlyMap<unknown, LabelFormat> = new Map([
  ["text", "text"],
  ["url", "url"],
  ["rfc3339", "rfc3339"],
  ["spdx", "spdx"],
  ["hash", "hash"],
  ["semver", "semver"],
  ["email", "email"],
]);

/** Where a file's `.hadolint.yaml` may stand, nearest first: beside it and in all directories above. */
export function hadolintPlaces(path: string): readonly string[] {
  const places: string[] = [];
  let directory = path.slice(0, path.lastIndexOf("/"));
  for (let level = 0; level < 40; level++) {
    places.push(`${directory}/.hadolint.yaml`, `${directory}/.hadolint.yml`);
    if (!directory.includes("/")) break;
    directory = directory.slice(0, directory.lastIndexOf("/"));
  }
  return places;
}

/**
 * Lint options from a `.hadolint.yaml`: `ignored`, `override`, `trustedRegistries`, `label-schema`, `strict-labels`.
 * What is malformed or unknown is left out; never throws.
 */
export function readHadolintConfig(text: string): LintOptions {
  const config = mapping(parseYaml(text));
  const levels: Record<string, RuleLevel> = {};
  for (const [word, codes] of Object.entries(mapping(config.override))) {
    const level = LEVELS.get(word);
    if (level !== undefined) for (const code of texts(codes)) levels[code] = level;
  }
  for (const code of texts(config.ignored)) levels[code] = "off";
  const labelSchema: Record<string, LabelFormat> = {};
  for (const [label, word] of Object.entries(mapping(config["label-schema"]))) {
    const format = FORMATS.get(word);
    if (format !== undefined) labelSchema[label] = format;
  }
  return {
    levels,
    allowedRegistries: texts(config.trustedRegistries),
    ...(Object.keys(labelSchema).length > 0 ? { labelSchema } : {}),
    hasStrictLabels: config["strict-labels"] === true,
  };
}

/** `own` over `base`: levels are joined rule by rule, the rest is replaced where `own` says something. */
export function mergeOptions(base: LintOptions, own: LintOptions): LintOptions {
  const registries = own.allowedRegistries ?? [];
  return {
    ...base,
    ...own,
    levels: { ...base.levels, ...own.levels },
    allowedRegistries: registries.length > 0 ? registries : base.allowedRegistries,
    labelSchema: own.labelSchema ?? base.labelSchema,
    hasStrictLabels: own.hasStrictLabels ?? base.hasStrictLabels,
  };
}

function parseYaml(text: string): unknown {
  const document = parseDocument(text, { logLevel: "silent" });
  if (document.errors.length > 0) return undefined;
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch {
    // Too many aliases: not a configuration.
    return undefined;
  }
}

function mapping(value: unknown): Readonly<Record<string, unknown>> {
  const isMapping = typeof value === "object" && value !== null && !Array.isArray(value);
  return isMapping ? (value as Readonly<Record<string, unknown>>) : {};
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}
