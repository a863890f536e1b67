import type { Rule } from "../../rule.ts";
import { looksLikeSecret } from "../../secret-name.ts";

export const noSecrets: Rule = {
  name: "no-secrets",
  codes: ["DL3064", "SecretsUsedInArgOrEnv"],
  summary: "ARG and ENV hold no secrets.",
  documentation:
    "Values of ARG and ENV stay readable in the image's history and configuration. Use `RUN --mount=type=secret` in a build and set the environment when the container starts.",
  severity: "warning",
  *check({ tree }) {
    for (const instruction of tree.instructions) {
      if (instruction.name !== "ARG" && instruction.name !== "ENV") continue;
      for (const { key } of instruction.pairs) {
        if (!looksLikeSecret(key.value)) continue;
        yield {
          range: key.range,
          message: `${key.value} looks like a secret, and ${instruction.name} leaves it readable in the image`,
        };
      }
    }
  },
};
