import type { Dockerfile } from "../../model/dockerfile/types.ts";
import type { StepRunner } from "../container/ports.ts";
import type { BuildRequest } from "../http/backend.ts";
import type { CacheMounts } from "./cache-mounts.ts";
import type { BuildContext } from "./context.ts";
import type { LayerCache } from "./layer-cache.ts";
import type { BuildImages, BuildSnapshots } from "./ports.ts";
import type { StageState } from "./stage-state.ts";
import type { Platform } from "./variables.ts";
import type { BuildWorkspace } from "./workspace.ts";

/** What outlives a build. */
export interface BuilderParts {
  /** The engine's root; the builder keeps `build/` below it. */
  readonly root: string;
  readonly images: BuildImages;
  readonly snapshots: BuildSnapshots;
  readonly steps: StepRunner;
  readonly cache: LayerCache;
  readonly cacheMounts: CacheMounts;
}

/** One build while it runs. */
export interface BuildRun extends BuilderParts {
  readonly request: BuildRequest;
  readonly file: Dockerfile;
  readonly context: BuildContext;
  readonly workspace: BuildWorkspace;
  /** Arguments of the scope before the first FROM, platform arguments included. */
  readonly globalArgs: ReadonlyMap<string, string | undefined>;
  /** Names of build arguments that some ARG declared. */
  readonly usedArgs: Set<string>;
  readonly platform: Platform;
  /** Finished stages by index. */
  readonly stages: Map<number, StageState>;
  readonly counter: { done: number; readonly total: number };
  /** RFC 3339; the time of all steps that are built. */
  readonly now: string;
}
