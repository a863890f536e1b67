import { imageOf } from "../../image.ts";
import type { Rule } from "../../rule.ts";

export const pinBaseImage: Rule = {
  name: "pin-base-image",
  codes: ["DL3006"],
  summary: "A base image has a tag or a digest.",
  documentation:
    "Without a tag the image means `:latest`, which is another image after every release. Name the version you tested with.",
  severity: "warning",
  *check({ tree }) {
    for (const stage of tree.stages) {
      const image = imageOf(tree, stage);
      if (image === undefined || image.tag !== undefined || image.digest !== undefined) continue;
      yield { range: image.range, message: "image has no tag, which means latest: name a version" };
    }
  },
};
