import { APK, unpinned } from "../../install.ts";
import type { Rule } from "../../rule.ts";

export const pinApk: Rule = {
  name: "pin-apk",
  codes: ["DL3018"],
  summary: "Packages of apk add have a version.",
  documentation:
    "Without `package=version` or `package~version` the image gets what the repository holds that day.",
  severity: "info",
  check: (subject) => unpinned(subject, APK, (value) => /[=~<>]|\.apk$/.test(value), "package=version"),
};
