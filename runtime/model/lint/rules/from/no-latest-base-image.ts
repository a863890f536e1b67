import { imageOf } from "../../image.ts";
import type { Rule } from "../../rule.ts";

export const noLatestBaseImage: Rule = {
  name: "no-latest-base-image",
  codes: ["DL3007"],
  summary: "A base image is not tagged latest.",
  documentation:
    "`latest` moves with every release: the same file builds something else tomorrow. Name the version.",
  severity: "warning",
  *check({ tree }) {
    for (const stage of tree.stages) {
      const image = imageOf(tree, stage);
      if (image?.tag !== "latest" || image.digest !== undefined) continue;
      yield { range: image.range, message: "the tag latest moves with every release: name a version" };
    }
  },
};
