import type { Word } from "../../../dockerfile/types.ts";
import type { Rule } from "../../rule.ts";
import { lineage } from "../../variables.ts";

export const absoluteWorkdir: Rule = {
  name: "absolute-workdir",
  codes: ["DL3000", "WorkdirRelativePath", "WORKDIR_IS_NOT_ABSOLUTE"],
  summary: "The first WORKDIR of a build is absolute.",
  documentation:
    "A relative WORKDIR continues the base image's, which another release may change. hadolint forbids every relative WORKDIR; Berth, like BuildKit, allows one after an absolute one.",
  severity: "warning",
  *check({ tree }) {
    for (const stage of tree.stages) {
      const isInherited = lineage(tree, stage)
        .slice(1)
        .some(({ instructions }) => instructions.some(({ name }) => name === "WORKDIR"));
      const first = isInherited ? undefined : stage.instructions.find(({ name }) => name === "WORKDIR");
      const triggers = stage.instructions.flatMap((one) => (one.name === "ONBUILD" && one.trigger) || []);
      for (const instruction of [first, ...triggers]) {
        const path = instruction?.name === "WORKDIR" ? instruction.words[0] : undefined;
        if (path === undefined || isAbsolute(path)) continue;
        yield {
          range: path.range,
          message: `${path.value} is relative to the base image's directory: use an absolute path`,
        };
      }
    }
  },
};

/** A variable may hold an absolute path. */
function isAbsolute({ raw }: Word): boolean {
  return /^["']?(?:[/\\$]|[A-Za-z]:[\\/])/.test(raw);
}
