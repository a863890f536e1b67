import { PIP, unpinned } from "../../install.ts";
import type { Rule } from "../../rule.ts";

export const pinPip: Rule = {
  name: "pin-pip",
  codes: ["DL3013"],
  summary: "Packages of pip install have a version.",
  documentation: "Write `package==version`, or install from a requirements file with hashes.",
  severity: "warning",
  check: (subject) => unpinned(subject, PIP, isPinned, "package==version"),
};

function isPinned(value: string): boolean {
  return /[=<>~!]=|===|[<>@]|^git\+|\.(?:whl|zip|tar\.gz|txt)$|\//.test(value);
}
