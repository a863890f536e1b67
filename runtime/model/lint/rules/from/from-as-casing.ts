import { type Rule, replaceFix } from "../../rule.ts";

export const fromAsCasing: Rule = {
  name: "from-as-casing",
  codes: ["FromAsCasing"],
  summary: "AS is written in the case of FROM.",
  documentation: "`FROM … AS` or `from … as`: one style per line reads better.",
  severity: "warning",
  *check({ tree }) {
    for (const { from } of tree.stages) {
      if (from.image === undefined || from.alias === undefined) continue;
      const between = tree.text.slice(from.image.range.end, from.alias.range.start);
      const match = /\b(as)\b/i.exec(between);
      if (match === null) continue;
      const isLower = from.keyword.raw === from.keyword.raw.toLowerCase();
      const wanted = isLower ? "as" : "AS";
      if (match[1] === wanted) continue;
      const start = from.image.range.end + match.index;
      const range = { start, end: start + 2 };
      yield {
        range,
        message: `${match[1]} and ${from.keyword.raw} are written in different case`,
        fixes: [replaceFix(`Write ${wanted}`, range, wanted, true)],
      };
    }
  },
};
