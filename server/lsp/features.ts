/**
 * What can be switched for Compose files (`berth.compose.features`): `auto` leaves to another extension what that gives
 * too, so that nothing appears twice.
 */
export const COMPOSE_FEATURES = [
  "syntaxDiagnostics",
  "diagnostics",
  "schemaCompletion",
  "valueCompletion",
  "schemaHover",
  "hover",
  "definition",
  "rename",
  "links",
  "symbols",
  "folding",
  "formatting",
  "inlayHints",
  "codeLens",
] as const;

export type ComposeFeature = (typeof COMPOSE_FEATURES)[number];

/** What other extensions give in Compose files, by their id in lower case. */
const OTHERS: Readonly<Record<string, readonly ComposeFeature[]>> = {
  "redhat.vscode-yaml": [
    ...([
      "syntaxDiagnostics",
      "schemaCompletion",
      "schemaHover",
      "symbols",
      "folding",
      "formatting",
    ] as const),
  ],
  "docker.docker": [
    ...(["schemaCompletion", "valueCompletion", "schemaHover", "definition", "rename", "links"] as const),
    ...(["symbols", "formatting"] as const),
  ],
  "ms-azuretools.vscode-containers": ["schemaCompletion", "schemaHover", "formatting", "codeLens"],
};

/** The findings that a YAML extension with the Compose schema has too; their fixes are offered all the same. */
export const SYNTAX_CODES: ReadonlySet<string> = new Set([
  ...["yaml-syntax", "yaml-alias", "duplicate-key", "compose-schema", "invalid-type", "unknown-key"],
]);

/** Which features are on. */
export function composeFeatures(settings: unknown, extensions: unknown): ReadonlySet<ComposeFeature> {
  const set = object(property(property(property(settings, "berth") ?? settings, "compose"), "features"));
  const present = Array.isArray(extensions) ? extensions : [];
  const given = new Set(
    present.flatMap((id) => (typeof id === "string" ? (OTHERS[id.toLowerCase()] ?? []) : [])),
  );
  return new Set(
    COMPOSE_FEATURES.filter((feature) => {
      const value = set[feature];
      return value === "on" || value === true || (value !== "off" && value !== false && !given.has(feature));
    }),
  );
}

function property(value: unknown, name: string): unknown {
  return object(value)[name];
}

function object(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
