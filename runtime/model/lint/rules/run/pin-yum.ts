import { unpinned, YUM } from "../../install.ts";
import type { Rule } from "../../rule.ts";

export const pinYum: Rule = {
  name: "pin-yum",
  codes: ["DL3033"],
  summary: "Packages of yum install have a version.",
  documentation: "Write `package-version`, so that a later build installs the same.",
  severity: "info",
  check: (subject) => unpinned(subject, YUM, (value) => /-\d|\.rpm$|^@/.test(value), "package-version"),
};
