import { isArchive } from "../../archive.ts";
import { type Rule, replaceFix } from "../../rule.ts";

export const copyInsteadOfAdd: Rule = {
  name: "copy-instead-of-add",
  codes: ["DL3020"],
  summary: "Files and directories are copied with COPY.",
  documentation: "ADD also downloads and unpacks. Where neither is meant, COPY says so.",
  severity: "error",
  *check({ tree }) {
    for (const instruction of tree.instructions) {
      if (instruction.name !== "ADD" || instruction.sources.length === 0 || instruction.heredocs.length > 0)
        continue;
      if (instruction.flags.some(({ name }) => ["checksum", "keep-git-dir", "unpack"].includes(name)))
        continue;
      const isPlain = instruction.sources.every(
        ({ value }) => !/[$*?]|:\/\/|^git@|\.git(?:$|[#:])/.test(value) && !isArchive(value),
      );
      if (!isPlain) continue;
      yield {
        range: instruction.keyword.range,
        message: "ADD neither downloads nor unpacks here: use COPY",
        fixes: [replaceFix("Use COPY", instruction.keyword.range, "COPY", true)],
      };
    }
  },
};
