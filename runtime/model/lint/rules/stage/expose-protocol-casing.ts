import { type Rule, replaceFix } from "../../rule.ts";

export const exposeProtocolCasing: Rule = {
  name: "expose-protocol-casing",
  codes: ["ExposeProtoCasing"],
  summary: "The protocol in EXPOSE is lower case.",
  documentation: "Write `80/tcp`, as every tool prints it.",
  severity: "warning",
  *check({ tree }) {
    for (const instruction of tree.instructions) {
      if (instruction.name !== "EXPOSE") continue;
      for (const word of instruction.words) {
        const slash = word.raw.indexOf("/");
        const protocol = word.raw.slice(slash + 1);
        const lower = protocol.toLowerCase();
        if (slash < 0 || protocol.includes("$") || protocol === lower) continue;
        const range = { start: word.range.start + slash + 1, end: word.range.end };
        yield {
          range,
          message: `protocol ${protocol} should be lower case`,
          fixes: [replaceFix(`Write ${lower}`, range, lower, true)],
        };
      }
    }
  },
};
