import type { Rule } from "../../rule.ts";

export const copyFromItself: Rule = {
  name: "copy-from-itself",
  codes: ["DL3023"],
  summary: "COPY --from does not name its own stage.",
  documentation: "A stage that is being built has nothing to copy from yet.",
  severity: "error",
  *check({ tree }) {
    for (const instruction of tree.instructions) {
      if (instruction.name !== "COPY") continue;
      const flag = instruction.flags.find(({ name }) => name === "from");
      const stage = tree.stages[instruction.stage];
      if (flag?.valueRange === undefined || flag.value === undefined || stage === undefined) continue;
      const isEarlier = tree.stages.some(
        ({ name, index }) => index < stage.index && name === flag.value?.toLowerCase(),
      );
      if (isEarlier || (flag.value.toLowerCase() !== stage.name && flag.value !== String(stage.index)))
        continue;
      yield { range: flag.valueRange, message: `a stage cannot copy from itself` };
    }
  },
};
