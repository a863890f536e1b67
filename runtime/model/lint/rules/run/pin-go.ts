import { GO, unpinned } from "../../install.ts";
import type { Rule } from "../../rule.ts";

export const pinGo: Rule = {
  name: "pin-go",
  codes: ["DL3062"],
  summary: "go install names a version.",
  documentation: "Write `go install module@v1.2.3`; `@latest` is another program after every release.",
  severity: "warning",
  check: (subject) =>
    unpinned(subject, GO, (value) => /@(?!latest$)/.test(value) || !value.includes("."), "module@version"),
};
