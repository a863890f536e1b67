import { malformed } from "../../labels.ts";
import type { Rule } from "../../rule.ts";

const FORM = /^\(*[A-Za-z0-9.-]+\+?\)*(?: (?:AND|OR|WITH) \(*[A-Za-z0-9.-]+\+?\)*)*$/;

export const labelLicense: Rule = {
  name: "label-license",
  codes: ["DL3054"],
  summary: "A label that the schema calls a license is an SPDX expression.",
  documentation: "For example `MIT` or `Apache-2.0 OR MIT`. The form is checked, not the list of licenses.",
  severity: "warning",
  check: (subject) => malformed(subject, "spdx", FORM, "SPDX license expression"),
};
