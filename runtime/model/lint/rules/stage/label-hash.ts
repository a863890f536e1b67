import { malformed } from "../../labels.ts";
import type { Rule } from "../../rule.ts";

const FORM = /^(?:[0-9a-f]{7}|[0-9a-f]{40}|[0-9a-f]{64})$/;

export const labelHash: Rule = {
  name: "label-hash",
  codes: ["DL3055"],
  summary: "A label that the schema calls a hash is a Git hash.",
  documentation: "The short form of 7 digits, or the whole hash.",
  severity: "warning",
  check: (subject) => malformed(subject, "hash", FORM, "Git hash"),
};
