import type { Rule } from "../../rule.ts";
import { PLATFORM_ARGS, variableUses } from "../../variables.ts";

export const invalidDefaultArgInFrom: Rule = {
  name: "invalid-default-arg-in-from",
  codes: ["InvalidDefaultArgInFrom"],
  summary: "The defaults of the ARGs in FROM make a valid image name.",
  documentation:
    "A build without `--build-arg` uses the defaults; without one the image name is empty or ends in a colon.",
  severity: "warning",
  *check({ tree }) {
    const defaults = new Map(
      tree.globalArgs.flatMap(({ pairs }) => pairs).map(({ key, value }) => [key.value, value?.value ?? ""]),
    );
    for (const { from } of tree.stages) {
      const image = from.image;
      if (image === undefined) continue;
      const uses = variableUses(tree, image.range);
      if (uses.length === 0 || uses.some(({ name, hasFallback }) => hasFallback || !defaults.has(name)))
        continue;
      if (uses.some(({ name }) => PLATFORM_ARGS.has(name) || defaults.get(name)!.includes("$"))) continue;
      const expanded = image.value.replace(/\$\{?(\w+)\}?/g, (_, name: string) => defaults.get(name) ?? "");
      if (/^[\w][\w.\-/:]*(?::[\w][\w.-]*)?(?:@[\w:]+)?$/.test(expanded) && !/[:/@]$/.test(expanded))
        continue;
      yield {
        range: image.range,
        message: `with the ARGs' defaults the image name is "${expanded}", which names no image`,
      };
    }
  },
};
