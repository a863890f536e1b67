import { malformed } from "../../labels.ts";
import type { Rule } from "../../rule.ts";

const FORM = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

export const labelTime: Rule = {
  name: "label-time",
  codes: ["DL3053"],
  summary: "A label that the schema calls a time is one by RFC 3339.",
  documentation: "For example `2026-01-31T12:00:00Z`.",
  severity: "warning",
  check: (subject) => malformed(subject, "rfc3339", FORM, "time by RFC 3339"),
};
