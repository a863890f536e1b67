import type { ProgressMessage } from "../../api/types/image.ts";
import type { WordsInstruction } from "../../model/dockerfile/types.ts";
import type { BuildRun } from "./build-run.ts";
import { toBytes } from "./byte-path.ts";
import { nextWorkdir } from "./destination.ts";
import { layerStep } from "./layer-step.ts";
import { rootOwner } from "./owner.ts";
import type { StageState } from "./stage-state.ts";
import { directoryInRoot } from "./unpack-archive.ts";
import { envMap, expand, lookupIn } from "./variables.ts";
import type { OpenLayer } from "./workspace.ts";

/** WORKDIR: the directory is made when it is missing. */
export async function* workdirStep(
  run: BuildRun,
  state: StageState,
  instruction: WordsInstruction,
  signal: AbortSignal,
): AsyncGenerator<ProgressMessage, StageState, void> {
  const lookup = lookupIn(envMap(state.config.Env), state.args);
  const path = expand(instruction.words[0]?.raw ?? "", lookup, { escape: run.file.escape });
  const WorkingDir = nextWorkdir(state.config.WorkingDir, path);
  const identity = { inputs: ["WORKDIR", WorkingDir], createdBy: `/bin/sh -c #(nop) WORKDIR ${WorkingDir}` };
  const next = yield* layerStep(
    run,
    state,
    identity,
    (layer) => makeDirectory(layer, WorkingDir, signal),
    signal,
  );
  return { ...next, config: { ...next.config, WorkingDir } };
}

async function makeDirectory(layer: OpenLayer, path: string, signal: AbortSignal): Promise<void> {
  await directoryInRoot(layer.root, toBytes(path), { owner: rootOwner }, signal);
}
