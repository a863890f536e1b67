import type { Rule } from "../../rule.ts";

export const validPort: Rule = {
  name: "valid-port",
  codes: ["DL3011"],
  summary: "Ports lie between 0 and 65535.",
  documentation: "EXPOSE takes a port, or a range `8000-8010`, each at most 65535.",
  severity: "error",
  *check({ tree }) {
    for (const instruction of tree.instructions) {
      if (instruction.name !== "EXPOSE") continue;
      for (const word of instruction.words) {
        const match = /^(\d+)(?:-(\d+))?(?:\/\w+)?$/.exec(word.value);
        if (match === null) continue;
        const first = Number(match[1]);
        const last = Number(match[2] ?? match[1]);
        if (first > 65535 || last > 65535) {
          yield { range: word.range, message: `${word.value}: a port is at most 65535` };
        } else if (last < first) {
          yield { range: word.range, message: `${word.value}: the range ends before it begins` };
        }
      }
    }
  },
};
