import { type Rule, replaceFix } from "../../rule.ts";

export const legacyKeyValue: Rule = {
  name: "legacy-key-value",
  codes: ["LegacyKeyValueFormat"],
  summary: "ENV and LABEL are written with an equals sign.",
  documentation: "`ENV NAME value` allows one variable only and will go away; write `ENV NAME=value`.",
  severity: "warning",
  *check({ tree }) {
    for (const instruction of tree.instructions) {
      if (instruction.name !== "ENV" && instruction.name !== "LABEL") continue;
      const pair = instruction.pairs[0];
      if (pair?.value === undefined || instruction.pairs.length !== 1) continue;
      if (!/^[\s\\`]+$/.test(tree.text.slice(pair.key.range.end, pair.value.range.start))) continue;
      const range = { start: pair.key.range.start, end: pair.value.range.end };
      yield {
        range,
        message: `${instruction.name} without an equals sign is the old form`,
        fixes: [replaceFix("Write NAME=value", range, `${pair.key.raw}=${quoted(pair.value.raw)}`, true)],
      };
    }
  },
};

function quoted(raw: string): string {
  if (/^"(?:[^"\\]|\\.)*"$/.test(raw) || /^'[^']*'$/.test(raw) || /^[^\s"']+$/.test(raw)) return raw;
  return `"${raw.replace(/(["])/g, "\\$1")}"`;
}
