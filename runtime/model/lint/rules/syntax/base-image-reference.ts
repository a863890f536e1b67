import { parseReference } from "../../../reference.ts";
import type { Finding, Rule } from "../../rule.ts";
import { parentStage } from "../../variables.ts";

export const baseImageReference: Rule = {
  name: "base-image-reference",
  codes: ["INVALID_REFERENCE_FORMAT"],
  summary: "FROM names an image by a valid reference.",
  documentation: "`[HOST[:PORT]/]NAME[:TAG][@DIGEST]`, the name in lower case.",
  severity: "error",
  *check({ tree }) {
    for (const stage of tree.stages) {
      const image = stage.from.image;
      if (image === undefined || image.value === "" || /[$"'\\`]/.test(image.raw)) continue;
      if (parentStage(tree, stage) !== undefined) continue;
      const problem = problemOf(image.value);
      if (problem !== undefined) yield { ...problem, range: rangeOf(image.value, image.range.start) };
    }
  },
};

function problemOf(text: string): Pick<Finding, "message" | "fixes"> | undefined {
  if (/:@|:$/.test(text)) return { message: `invalid reference format: ${text} has an empty tag` };
  const { problem } = parseReference(text);
  return problem === undefined ? undefined : { message: problem };
}

/** The digest where only that is wrong, else the whole name. */
function rangeOf(text: string, start: number): Finding["range"] {
  const at = text.indexOf("@");
  const isDigest =
    at > 0 && !text.startsWith(":", at - 1) && parseReference(text.slice(0, at)).problem === undefined;
  return { start: isDigest ? start + at + 1 : start, end: start + text.length };
}
