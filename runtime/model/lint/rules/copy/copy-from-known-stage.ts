import { nearest } from "../../../text/nearest.ts";
import { type Rule, replaceFix } from "../../rule.ts";

export const copyFromKnownStage: Rule = {
  name: "copy-from-known-stage",
  codes: ["DL3022"],
  summary: "COPY --from names an earlier stage.",
  documentation:
    "A name that is no earlier stage is taken for an image and pulled. Images should be written with a tag.",
  severity: "warning",
  *check({ tree }) {
    for (const instruction of tree.instructions) {
      if (instruction.name !== "COPY") continue;
      const flag = instruction.flags.find(({ name }) => name === "from");
      const value = flag?.value;
      if (flag?.valueRange === undefined || value === undefined || /[$:@/]/.test(value) || value === "")
        continue;
      const earlier = tree.stages.filter(({ index }) => index < instruction.stage);
      const own = tree.stages[instruction.stage]?.name;
      const names = earlier.map(({ name }) => name).filter((name) => name !== undefined);
      const lower = value.toLowerCase();
      if (
        names.includes(lower) ||
        own === lower ||
        (/^\d+$/.test(value) && Number(value) <= instruction.stage)
      )
        continue;
      const meant = nearest(value, names);
      yield {
        range: flag.valueRange,
        message: `no earlier stage is named ${value}${meant === undefined ? "" : `: did you mean ${meant}?`}`,
        fixes: meant === undefined ? [] : [replaceFix(`Write ${meant}`, flag.valueRange, meant, false)],
      };
    }
  },
};
