import type { Rule } from "../../rule.ts";
import { lineage } from "../../variables.ts";

export const absoluteWorkdir: Rule = {
  name: "absolute-workdir",
  codes: ["DL3000", "WorkdirRelativePath"],
  summary: "The first WORKDIR of a build is absolute.",
  documentation:
    "A relative WORKDIR continues the base image's, which another release may change. hadolint forbids every relative WORKDIR; Berth, like BuildKit, allows one after an absolute one.",
  severity: "warning",
  *check({ tree }) {
    for (const stage of tree.stages) {
      let isKnown = lineage(tree, stage)
        .slice(1)
        .some(({ instructions }) => instructions.some(isAbsolute));
      for (const instruction of stage.instructions) {
        if (instruction.name !== "WORKDIR") continue;
        isKnown ||= isAbsolute(instruction);
        const path = instruction.words[0];
        if (isKnown || path === undefined) continue;
        yield {
          range: path.range,
          message: `${path.value} is relative to the base image's directory: use an absolute path`,
        };
      }
    }
  },
};

function isAbsolute(instruction: {
  readonly name: string;
  readonly words?: readonly { readonly value: string }[];
}): boolean {
  const path = instruction.name === "WORKDIR" ? instruction.words?.[0]?.value : undefined;
  return path !== undefined && /^(?:[/\\$]|[A-Za-z]:[\\/])/.test(path);
}
