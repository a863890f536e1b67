import type { Source } from "../../model/dockerfile/graph.ts";
import type { Dockerfile, Instruction } from "../../model/dockerfile/types.ts";
import type { StepRunner } from "../container/ports.ts";
import type { BuildRequest } from "../http/backend.ts";
import type { KeyedLock } from "../store/keyed-lock.ts";
import type { CacheMounts } from "./cache-mounts.ts";
import { type BuildContext, isFromElsewhere } from "./context.ts";
import type { Definition, StepReport } from "./definition.ts";
import type { CacheHold, LayerCache } from "./layer-cache.ts";
import type { Place } from "./locate-error.ts";
import type { BuildImages, BuildSnapshots } from "./ports.ts";
import type { BuildSecrets } from "./secrets.ts";
import type { Platform } from "./variables.ts";
import type { WorkSlots } from "./work-slots.ts";
import type { BuildWorkspace } from "./workspace.ts";

/** What outlives a build. */
export interface BuilderParts {
  /** On a tmpfs: for what no disk should hold. */
  readonly runDirectory: string;
  /** The engine's root; the builder keeps `build/` below it. */
  readonly root: string;
  readonly images: BuildImages;
  readonly snapshots: BuildSnapshots;
  readonly steps: StepRunner;
  readonly layerCache: LayerCache;
  readonly cacheMounts: CacheMounts;
  /** Shared by all builds: as many steps work at once as the machine has cores. */
  readonly slots: WorkSlots;
  /** Steps under way, by key. */
  readonly building: KeyedLock;
}

/** One build while it runs. */
export interface BuildRun extends BuilderParts {
  readonly request: BuildRequest;
  readonly file: Dockerfile;
  readonly context: BuildContext;
  readonly cache: CacheHold;
  readonly workspace: BuildWorkspace;
  readonly secrets: BuildSecrets;
  /** Arguments of the scope before the first FROM, platform arguments included. */
  readonly globalArgs: ReadonlyMap<string, string | undefined>;
  /** Names of build arguments that some ARG declared. */
  readonly usedArgs: Set<string>;
  readonly platform: Platform;
  /** RFC 3339; the time of all steps that are built. */
  readonly now: string;
}

/** Where an instruction stands, for messages. */
export function placeOf(
  { file, request }: Pick<BuildRun, "file" | "request">,
  instruction: Instruction,
): Place {
  return { name: dockerfileName(request), file, instruction };
}

/** A Dockerfile from elsewhere travels under a name that means nothing to anybody. */
export function dockerfileName({ dockerfile }: BuildRequest): string {
  return dockerfile === "" || isFromElsewhere(dockerfile) ? "Dockerfile" : dockerfile;
}

/** Where files that are not the context's come from: other stages and images. */
export interface BuildSources {
  /** What decides those files: a stage's key, an image's id. Builds nothing; pulls an image that is missing. */
  readonly keyOf: (source: Source, report: StepReport) => Promise<string>;
  /** Byte path of their root, mounted read-only for the build. A stage must be built: name it in `StepWork.stages`. */
  readonly rootOf: (source: Source, signal: AbortSignal) => Promise<string>;
}

/** What an instruction is planned with. */
export interface StepScope {
  readonly run: BuildRun;
  readonly before: Definition;
  readonly sources: BuildSources;
  readonly report: StepReport;
  readonly signal: AbortSignal;
}
