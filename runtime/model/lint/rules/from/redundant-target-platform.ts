import { type Rule, replaceFix } from "../../rule.ts";

export const redundantTargetPlatform: Rule = {
  name: "redundant-target-platform",
  codes: ["DL3065", "RedundantTargetPlatform"],
  summary: "FROM --platform=$TARGETPLATFORM says what is the default.",
  documentation: "Without `--platform` a stage is built for the target platform already.",
  severity: "warning",
  *check({ tree }) {
    for (const { from } of tree.stages) {
      const flag = from.flags.find((one) => one.name === "platform");
      if (flag === undefined || !/^\$(?:TARGETPLATFORM|\{TARGETPLATFORM\})$/.test(flag.value ?? "")) continue;
      const blank = /^[ \t]*/.exec(tree.text.slice(flag.range.end))![0].length;
      const range = { start: flag.range.start, end: flag.range.end + blank };
      yield {
        range: flag.range,
        message: "$TARGETPLATFORM is the default platform",
        fixes: [replaceFix("Remove the flag", range, "", true)],
      };
    }
  },
};
