import { NPM, unpinned } from "../../install.ts";
import type { Rule } from "../../rule.ts";

export const pinNpm: Rule = {
  name: "pin-npm",
  codes: ["DL3016"],
  summary: "Packages named in npm install have a version.",
  documentation: "Write `package@version`. `npm install` without names takes the versions of the lock file.",
  severity: "warning",
  check: (subject) => unpinned(subject, NPM, isPinned, "package@version"),
};

function isPinned(value: string): boolean {
  return (
    /^(?:@[^/@]+\/)?[^@]+@.+/.test(value) ||
    /#|\.tgz$|\.tar\.gz$|^git\+/.test(value) ||
    /^[^@/]+\//.test(value)
  );
}
