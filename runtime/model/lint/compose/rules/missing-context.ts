import { localBuilds } from "../build-file.ts";
import { rangeHere } from "../placed.ts";
import type { ComposeRule } from "../rule.ts";

export const missingContext: ComposeRule = {
  name: "missing-context",
  codes: [],
  summary: "Build contexts exist",
  documentation: "The directory that `build` names is sent to the engine: without it nothing can be built.",
  severity: "error",
  scope: "file",
  *check(subject) {
    for (const { context, directory, service } of localBuilds(subject)) {
      const range = rangeHere(subject.path, context);
      if (range === undefined) continue;
      const kind = subject.kindOf(directory);
      if (kind === "absent")
        yield { range, message: `service "${service}": the build context ${directory} does not exist` };
      if (kind === "file")
        yield {
          range,
          message: `service "${service}": the build context ${directory} is a file, not a directory`,
        };
    }
  },
};
