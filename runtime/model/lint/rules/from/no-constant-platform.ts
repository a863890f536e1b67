import type { Rule } from "../../rule.ts";

export const noConstantPlatform: Rule = {
  name: "no-constant-platform",
  codes: ["DL3029", "FromPlatformFlagConstDisallowed"],
  summary: "FROM --platform is a variable, not a constant.",
  documentation:
    "A constant platform makes the file build for one architecture only. Use `$BUILDPLATFORM` or pass `--platform` to the build.",
  severity: "warning",
  *check({ tree }) {
    for (const { from, name } of tree.stages) {
      const flag = from.flags.find((one) => one.name === "platform");
      if (flag?.value === undefined || flag.value.includes("$") || flag.value === "") continue;
      // A stage named for its platform is the documented way to choose between per-platform stages.
      if (name !== undefined && flag.value.split("/").some((part) => part !== "" && name.includes(part)))
        continue;
      yield {
        range: flag.range,
        message: `the image is fixed to ${flag.value}: choose the platform when building`,
      };
    }
  },
};
