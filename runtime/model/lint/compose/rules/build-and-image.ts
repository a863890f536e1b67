import { entry } from "../../../compose/tree.ts";
import type { ComposeRule } from "../rule.ts";
import { linesOfEntry, removeLines } from "../written.ts";

export const buildAndImage: ComposeRule = {
  name: "build-and-image",
  codes: ["no-build-and-image"],
  summary: "A service has either build or image",
  documentation:
    "With both, the image is built and gets the name that `image` gives, which is what who pushes it wants; others may be surprised. Off by default: the Compose specification allows it.",
  severity: "off",
  scope: "service",
  *check({ node, text, name }) {
    const image = entry(node, "image");
    if (image === undefined || entry(node, "build") === undefined || entry(node, "pull_policy") !== undefined)
      return;
    yield {
      range: image.keyPlace.range,
      message: `service "${name}" has both build and image: the build gets the image's name`,
      fixes: removeLines("Remove image", linesOfEntry(text, image), false),
    };
  },
};
