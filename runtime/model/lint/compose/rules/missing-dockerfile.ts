import { localBuilds } from "../build-file.ts";
import { rangeHere } from "../placed.ts";
import type { ComposeRule } from "../rule.ts";

export const missingDockerfile: ComposeRule = {
  name: "missing-dockerfile",
  codes: [],
  summary: "Dockerfiles of builds exist",
  documentation:
    "`dockerfile` is looked for below the build context, not below the Compose file; without the key it is the context's `Dockerfile`.",
  severity: "error",
  scope: "file",
  *check(subject) {
    for (const { context, directory, dockerfile, dockerfilePath, service } of localBuilds(subject)) {
      const range = rangeHere(subject.path, dockerfile ?? context);
      if (range === undefined || dockerfilePath === undefined) continue;
      if (subject.kindOf(directory) !== "directory") continue;
      const kind = subject.kindOf(dockerfilePath);
      if (kind === "absent")
        yield { range, message: `service "${service}": there is no Dockerfile ${dockerfilePath}` };
      if (kind === "directory")
        yield { range, message: `service "${service}": ${dockerfilePath} is a directory, not a Dockerfile` };
    }
  },
};
