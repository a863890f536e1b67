import { APT, unpinned } from "../../install.ts";
import type { Rule } from "../../rule.ts";

export const pinApt: Rule = {
  name: "pin-apt",
  codes: ["DL3008"],
  summary: "Packages of apt-get install have a version.",
  documentation:
    "Without `package=version` the image gets whatever the archive holds on the day of the build.",
  severity: "info",
  check: (subject) => unpinned(subject, APT, (value) => /=|\/|\.deb$/.test(value), "package=version"),
};
