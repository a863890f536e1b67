import { malformed } from "../../labels.ts";
import type { Rule } from "../../rule.ts";

const FORM =
  /^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;

export const labelVersion: Rule = {
  name: "label-version",
  codes: ["DL3056"],
  summary: "A label that the schema calls a version is a semantic one.",
  documentation: "`MAJOR.MINOR.PATCH`, without a leading v.",
  severity: "warning",
  check: (subject) => malformed(subject, "semver", FORM, "semantic version"),
};
