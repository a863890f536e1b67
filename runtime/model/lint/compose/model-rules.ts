import type { ModelRule } from "./rule.ts";

function rule(name: string, summary: string, documentation: string, ...codes: readonly string[]): ModelRule {
  return { name, summary, documentation, codes };
}

const RULES: readonly ModelRule[] = [
  rule("yaml-syntax", "The file is YAML", "Nothing else can be told of a file that is not.", "invalid-yaml"),
  rule(
    "yaml-alias",
    "Aliases refer to anchors",
    "An alias (`*name`) stands for what `&name` above it marks.",
  ),
  rule("yaml-key", "Keys are texts", "Compose knows no other keys."),
  rule(
    "yaml-merge-key",
    "Merge keys take mappings",
    "`<<` takes over the keys of a mapping or of a list of mappings.",
  ),
  rule("yaml-too-large", "The file is of a sensible size", "Aliases can make a short file grow without end."),
  rule("duplicate-key", "A key is given once", "Compose refuses mappings with the same key twice."),
  rule(
    "compose-schema",
    "Keys and values are those of the Compose specification",
    "See compose-spec.io.",
    "invalid-schema",
  ),
  rule(
    "invalid-type",
    "Values have the type their key wants",
    "See the Compose specification.",
    "invalid-schema",
  ),
  rule(
    "unknown-key",
    "Keys exist",
    "Compose refuses keys it does not know; `x-…` is free for own use.",
    "invalid-schema",
  ),
  rule(
    "unsupported-key",
    "Keys have an effect",
    "The key is part of the specification; Berth's own `up` does not carry it out.",
  ),
  rule("empty-file", "The file says something", "A project needs services."),
  rule("no-services", "The project has services", "Without services there is nothing to run."),
  rule("no-image", "A service has an image or a build", "One of the two says what runs."),
  rule(
    "obsolete-version",
    "There is no version",
    "`version` has had no effect since the Compose specification; Compose warns about it.",
    "no-version-field",
  ),
  rule(
    "undefined-service",
    "Services that are named exist",
    "`depends_on`, `extends`, `links`, `volumes_from` and shared namespaces name services of the project.",
  ),
  rule(
    "undefined-network",
    "Networks that are named exist",
    "Networks other than `default` are declared under `networks`.",
  ),
  rule("undefined-volume", "Volumes that are named exist", "Named volumes are declared under `volumes`."),
  rule("undefined-secret", "Secrets that are named exist", "Secrets are declared under `secrets`."),
  rule("undefined-config", "Configs that are named exist", "Configs are declared under `configs`."),
  rule(
    "dependency-cycle",
    "Dependencies do not go in a circle",
    "None of the services could be started first.",
  ),
  rule(
    "extends-cycle",
    "Services do not extend each other in a circle",
    "None of them could be made up first.",
  ),
  rule("include-cycle", "Files do not include each other in a circle", "None of them could be read first."),
  rule(
    "include-conflict",
    "Included files add",
    "What an included file defines must not be defined in the including file too.",
  ),
  rule(
    "too-many-files",
    "A project is of a sensible size",
    "Files that include each other can become endlessly many.",
  ),
  rule(
    "missing-file",
    "Files that are named exist",
    "env files, included and extended files are read when the project is loaded.",
  ),
  rule("invalid-env-file", "Env files are readable", "Each line is `NAME=value` or a comment."),
  rule(
    "duplicate-container-name",
    "Container names are given once",
    "An engine has each name once.",
    "no-duplicate-container-names",
  ),
  rule(
    "port-clash",
    "Host ports are given once",
    "A port of the machine goes to one container.",
    "no-duplicate-exported-ports",
  ),
  rule("invalid-port", "Ports are ports", "`[[IP:]HOST:]CONTAINER[/PROTOCOL]`, each from 1 to 65535."),
  rule("invalid-volume", "Mounts are mounts", "`[SOURCE:]TARGET[:OPTIONS]`, or the long form."),
  rule(
    "duplicate-mount",
    "One thing is mounted at a place",
    "The engine refuses two mounts at the same path.",
  ),
  rule("conflicting-keys", "Keys do not exclude each other", "Compose refuses the combination."),
  rule("ignored-key", "Keys have an effect together", "Another key makes this one do nothing."),
  rule(
    "no-healthcheck",
    "Who waits for health waits for a service that tells it",
    "A container without a health check never gets healthy, unless its image brings one.",
  ),
  rule(
    "invalid-healthcheck",
    "Health checks are commands",
    "A list begins with `CMD`, `CMD-SHELL` or `NONE`.",
  ),
  rule(
    "unset-variable",
    "Variables are set",
    "In `.env`, in the environment, or by a default: `${NAME:-value}`.",
  ),
  rule(
    "required-variable",
    "Required variables are set",
    "`${NAME:?why}` stops everything when NAME is not set.",
  ),
  rule("invalid-interpolation", "Dollar signs start variables", "`$$` is the sign itself."),
];

/** What the project model, the YAML reader and the schema find, by code. */
export const modelRules: ReadonlyMap<string, ModelRule> = new Map(RULES.map((one) => [one.name, one]));
