import type { Rule } from "../../rule.ts";

const RESERVED = ["com.docker.", "io.docker.", "org.dockerproject."];

export const labelKey: Rule = {
  name: "label-key",
  codes: ["DL3048"],
  summary: "Label keys are lower case letters, digits, dots and dashes.",
  documentation:
    "Keys begin with a letter and end with a letter or digit, without two separators in a row; the namespaces of Docker are reserved.",
  severity: "info",
  *check({ tree }) {
    for (const instruction of tree.instructions) {
      if (instruction.name !== "LABEL") continue;
      for (const { key } of instruction.pairs) {
        if (key.value.includes("$")) continue;
        const reserved = RESERVED.find((prefix) => key.value.startsWith(prefix));
        if (reserved !== undefined) {
          yield { range: key.range, message: `the namespace ${reserved}* is reserved` };
        } else if (!/^[a-z](?:[a-z0-9]|[.-](?![.-]))*[a-z0-9]$|^[a-z]$/.test(key.value)) {
          yield {
            range: key.range,
            message: `${key.value} is no proper label key: use lower case letters, digits, dots, dashes`,
          };
        }
      }
    }
  },
};
