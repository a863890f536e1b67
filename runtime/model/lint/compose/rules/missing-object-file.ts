import { child } from "../../../compose/tree.ts";
import { rangeHere } from "../placed.ts";
import type { ComposeRule } from "../rule.ts";

export const missingObjectFile: ComposeRule = {
  name: "missing-object-file",
  codes: [],
  summary: "Files of secrets and configs exist",
  documentation: "A service whose secret or config is a file that does not exist is not started.",
  severity: "error",
  scope: "file",
  *check(subject) {
    for (const kind of ["secrets", "configs"] as const) {
      for (const [name, { file }] of subject.load.project[kind]) {
        const node = child(child(child(subject.load.tree, kind), name), "file");
        const range = node === undefined ? undefined : rangeHere(subject.path, node);
        if (range === undefined || file === undefined || subject.kindOf(file) !== "absent") continue;
        yield { range, message: `the file ${file} of ${kind}.${name} does not exist` };
      }
    }
  },
};
