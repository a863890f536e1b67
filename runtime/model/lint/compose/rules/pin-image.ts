import { child, textOf } from "../../../compose/tree.ts";
import type { ComposeRule } from "../rule.ts";

/** Images that are built here are tagged by the build. */
export const pinImage: ComposeRule = {
  name: "pin-image",
  codes: ["service-image-require-explicit-tag"],
  summary: "Images have a tag other than latest",
  documentation:
    "Without a tag, or with `latest`, the image is another one whenever somebody publishes a version: what ran yesterday may not run tomorrow. Name a version (`nginx:1.27`) or a digest.",
  severity: "warning",
  scope: "service",
  *check({ node }) {
    const image = child(node, "image");
    const name = textOf(image);
    if (image === undefined || name === undefined || child(node, "build") !== undefined) return;
    if (name.includes("$") || name.includes("@") || name === "") return;
    const tag = /:([^/:]+)$/.exec(name)?.[1];
    const { range } = image.place;
    if (tag === undefined)
      yield { range, message: `image "${name}" has no tag: what "latest" is changes with time` };
    else if (tag === "latest")
      yield { range, message: `image "${name}": what "latest" is changes with time: name a version` };
  },
};
