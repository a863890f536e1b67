import { APK, hasMountAt, hasOption, installs } from "../../install.ts";
import { insertFix, type Rule } from "../../rule.ts";

export const apkNoCache: Rule = {
  name: "apk-no-cache",
  codes: ["DL3019"],
  summary: "apk add keeps no index in the layer.",
  documentation:
    "`--no-cache` fetches the index, uses it and drops it: no `apk update` and no cleaning needed.",
  severity: "info",
  *check(subject) {
    for (const { run, verb, options } of installs(subject, APK)) {
      if (hasOption(options, "--no-cache") || hasMountAt(run, "/var/cache/apk", "/etc/apk/cache")) continue;
      yield {
        range: verb.range,
        message: "the package index stays in the layer: add --no-cache",
        fixes: [insertFix("Add --no-cache", verb.range.end, " --no-cache", false)],
      };
    }
  },
};
