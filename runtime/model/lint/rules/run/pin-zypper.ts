import { unpinned, ZYPPER } from "../../install.ts";
import type { Rule } from "../../rule.ts";

export const pinZypper: Rule = {
  name: "pin-zypper",
  codes: ["DL3037"],
  summary: "Packages of zypper install have a version.",
  documentation: "Write `package=version`, so that a later build installs the same.",
  severity: "info",
  check: (subject) => unpinned(subject, ZYPPER, (value) => /[=<>]|-\d|\.rpm$/.test(value), "package=version"),
};
