import { malformed } from "../../labels.ts";
import type { Rule } from "../../rule.ts";

const FORM = /^[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+$/;

export const labelEmail: Rule = {
  name: "label-email",
  codes: ["DL3058"],
  summary: "A label that the schema calls a mail address is one.",
  documentation: "For example `jo@example.com`.",
  severity: "warning",
  check: (subject) => malformed(subject, "email", FORM, "mail address"),
};
