import type { WordsInstruction } from "../../model/dockerfile/types.ts";
import type { StepScope } from "./build-run.ts";
import { toBytes } from "./byte-path.ts";
import type { StepPlan } from "./definition.ts";
import { nextWorkdir } from "./destination.ts";
import { resolveOwner, rootOwner } from "./owner.ts";
import { directoryInRoot } from "./unpack-archive.ts";
import { expand, lookupIn } from "./variables.ts";

/** WORKDIR: the directory is made when it is missing, and then USER's. */
export function planWorkdir({ run, before }: StepScope, instruction: WordsInstruction): StepPlan {
  const lookup = lookupIn(before.variables);
  const path = expand(instruction.words[0]?.raw ?? "", lookup, { escape: run.file.escape });
  const WorkingDir = nextWorkdir(before.config.WorkingDir, path);
  const { User = "" } = before.config;
  return {
    changes: { config: { ...before.config, WorkingDir } },
    inputs: ["WORKDIR", WorkingDir, User],
    createdBy: `WORKDIR ${WorkingDir}`,
    work: {
      stages: [],
      run: async (layer, _report, signal) => {
        const owner = User === "" ? rootOwner : await resolveOwner(layer.root, User);
        await directoryInRoot(layer.root, toBytes(WorkingDir), { owner }, signal);
      },
    },
  };
}
