import { imageOf, registryOf } from "../../image.ts";
import type { Rule } from "../../rule.ts";

export const allowedRegistry: Rule = {
  name: "allowed-registry",
  codes: ["DL3026"],
  summary: "Base images come only from the registries the settings allow.",
  documentation: "Active when allowed registries are set. `*.example.com` allows all subdomains.",
  severity: "error",
  *check({ tree, options }) {
    const allowed = options.allowedRegistries ?? [];
    if (allowed.length === 0) return;
    for (const stage of tree.stages) {
      const image = imageOf(tree, stage);
      if (image === undefined) continue;
      const registry = registryOf(image.name);
      if (allowed.some((pattern) => matches(pattern, registry))) continue;
      yield {
        range: image.range,
        message: `registry ${registry} is not among the allowed ones (${allowed.join(", ")})`,
      };
    }
  },
};

function matches(pattern: string, registry: string): boolean {
  return (
    pattern === "*" ||
    pattern === registry ||
    (pattern.startsWith("*.") && registry.endsWith(pattern.slice(1)))
  );
}
