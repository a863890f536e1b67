import { DNF, unpinned } from "../../install.ts";
import type { Rule } from "../../rule.ts";

export const pinDnf: Rule = {
  name: "pin-dnf",
  codes: ["DL3041"],
  summary: "Packages of dnf install have a version.",
  documentation: "Write `package-version`, so that a later build installs the same.",
  severity: "info",
  check: (subject) => unpinned(subject, DNF, (value) => /-\d|\.rpm$|^@/.test(value), "package-version"),
};
