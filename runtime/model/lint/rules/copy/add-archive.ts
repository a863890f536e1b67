import { isArchive } from "../../archive.ts";
import type { Rule } from "../../rule.ts";
import { argumentsOf } from "../../shell.ts";

export const addArchive: Rule = {
  name: "add-archive",
  codes: ["DL3010"],
  summary: "A local archive is unpacked by ADD.",
  documentation:
    "COPY followed by tar keeps the archive in a layer of its own; ADD unpacks it straight into the image.",
  severity: "info",
  *check(subject) {
    for (const { instructions } of subject.tree.stages) {
      for (const [index, instruction] of instructions.entries()) {
        if (instruction.name !== "COPY" || instruction.flags.some(({ name }) => name === "from")) continue;
        for (const source of instruction.sources.filter(({ value }) => isArchive(value))) {
          const file = source.value.slice(source.value.lastIndexOf("/") + 1);
          const isUnpacked = instructions
            .slice(index + 1)
            .some((later) =>
              subject
                .commands(later)
                .some(
                  (command) =>
                    command.program === "tar" &&
                    argumentsOf(command).some(
                      ({ value }, at) => (at === 0 && /^-?[a-z]*x/.test(value)) || value === "--extract",
                    ) &&
                    argumentsOf(command).some(({ value }) => value.endsWith(file)),
                ),
            );
          if (isUnpacked)
            yield { range: source.range, message: `ADD unpacks ${file} without leaving it in a layer` };
        }
      }
    }
  },
};
