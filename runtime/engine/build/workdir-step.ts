import type { WordsInstruction } from "../../model/dockerfile/types.ts";
import type { StepScope } from "./build-run.ts";
import { toBytes } from "./byte-path.ts";
import type { StepPlan } from "./definition.ts";
import { nextWorkdir } from "./destination.ts";
import { rootOwner } from "./owner.ts";
import { directoryInRoot } from "./unpack-archive.ts";
import { envMap, expand, lookupIn } from "./variables.ts";

/** WORKDIR: the directory is made when it is missing. */
export function planWorkdir({ run, before }: StepScope, instruction: WordsInstruction): StepPlan {
  const lookup = lookupIn(envMap(before.config.Env), before.args);
  const path = expand(instruction.words[0]?.raw ?? "", lookup, { escape: run.file.escape });
  const WorkingDir = nextWorkdir(before.config.WorkingDir, path);
  return {
    changes: { config: { ...before.config, WorkingDir } },
    inputs: ["WORKDIR", WorkingDir],
    createdBy: `/bin/sh -c #(nop) WORKDIR ${WorkingDir}`,
    work: {
      stages: [],
      run: async (layer, _report, signal) => {
        await directoryInRoot(layer.root, toBytes(WorkingDir), { owner: rootOwner }, signal);
      },
    },
  };
}
