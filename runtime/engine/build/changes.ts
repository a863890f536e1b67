import type { ContainerConfig } from "../../api/types/container.ts";
import { parseDockerfile } from "../../model/dockerfile/parse.ts";
import { EngineError } from "../error.ts";
import { nextWorkdir } from "./destination.ts";
import { applyMetadata } from "./metadata.ts";
import { envMap, expand, lookupIn } from "./variables.ts";

const allowed = [
  ...["CMD", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD", "SHELL"],
  ...["STOPSIGNAL", "USER", "VOLUME", "WORKDIR"],
];

/**
 * What Dockerfile instructions make of a configuration: `--change` of commit and import. Throws `invalid-argument` for
 * anything but instructions that only change it.
 */
export function applyChanges(config: ContainerConfig, changes: readonly string[]): ContainerConfig {
  let next = config;
  for (const change of changes) {
    if (change.trim() === "") continue;
    // An instruction stands in a stage; the one line above it makes it one.
    const { tree, problems } = parseDockerfile(`FROM scratch\n${change}\n`);
    const problem = problems.find(({ severity }) => severity === "error");
    const [stage, ...others] = tree.stages;
    const instructions = stage?.instructions ?? [];
    if (problem !== undefined || others.length > 0 || instructions.length === 0) {
      throw refused(change, problem?.message ?? "it is not an instruction");
    }
    for (const instruction of instructions) {
      if (!allowed.includes(instruction.name))
        throw refused(change, `${instruction.name} is not a valid change command`);
      const lookup = lookupIn(envMap(next.Env));
      const scope = { config: next, hasOwnCmd: true, lookup, escape: "\\" };
      if (instruction.name === "WORKDIR") {
        const path = expand(instruction.words[0]?.raw ?? "", lookup, scope);
        next = { ...next, WorkingDir: nextWorkdir(next.WorkingDir, path) };
        continue;
      }
      const applied = applyMetadata(instruction, scope);
      if (applied === undefined) throw refused(change, `${instruction.name} is not a valid change command`);
      next = applied.config;
    }
  }
  return next;
}

function refused(change: string, why: string): EngineError {
  return new EngineError(
    "invalid-argument",
    `cannot apply the change ${JSON.stringify(change.slice(0, 200))}: ${why}`,
  );
}
