import { malformed } from "../../labels.ts";
import type { Rule } from "../../rule.ts";

const FORM = /^[a-z][a-z0-9+.-]*:\/\/[^\s/]+\S*$/i;

export const labelUrl: Rule = {
  name: "label-url",
  codes: ["DL3052"],
  summary: "A label that the schema calls a URL is one.",
  documentation: "Tools link to it: write the scheme and host too.",
  severity: "warning",
  check: (subject) => malformed(subject, "url", FORM, "URL"),
};
