import type { Rule } from "../../rule.ts";

export const exposeFormat: Rule = {
  name: "expose-format",
  codes: ["ExposeInvalidFormat"],
  summary: "EXPOSE names container ports only.",
  documentation:
    "Addresses and host ports are chosen when the container is run (`-p 8080:80`), not in the image.",
  severity: "warning",
  *check({ tree }) {
    for (const instruction of tree.instructions) {
      if (instruction.name !== "EXPOSE") continue;
      for (const word of instruction.words) {
        if (!word.raw.replace(/\$\{[^}]*\}/g, "").includes(":")) continue;
        yield {
          range: word.range,
          message: `${word.value}: EXPOSE takes a container port, no address and no host port`,
        };
      }
    }
  },
};
