import type { Rule } from "../../rule.ts";
import { lineage } from "../../variables.ts";

export const copyRelativeDestination: Rule = {
  name: "copy-relative-destination",
  codes: ["DL3045"],
  summary: "A relative destination has a WORKDIR before it.",
  documentation:
    "Without WORKDIR the file lands in the base image's directory, which another release may change.",
  severity: "warning",
  *check({ tree }) {
    for (const stage of tree.stages) {
      let hasWorkdir = lineage(tree, stage)
        .slice(1)
        .some(({ instructions }) => instructions.some(isWorkdir));
      for (const instruction of stage.instructions) {
        hasWorkdir ||= isWorkdir(instruction);
        if (hasWorkdir || (instruction.name !== "COPY" && instruction.name !== "ADD")) continue;
        const destination = instruction.destination;
        if (destination === undefined || /^(?:[/\\$]|[A-Za-z]:[\\/])/.test(destination.value)) continue;
        yield {
          range: destination.range,
          message: `${destination.value} is relative, and no WORKDIR says to what`,
        };
      }
    }
  },
};

function isWorkdir(instruction: { readonly name: string }): boolean {
  return instruction.name === "WORKDIR";
}
