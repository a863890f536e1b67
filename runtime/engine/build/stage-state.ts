import type { ContainerConfig } from "../../api/types/container.ts";
import type { Digest, ResolvedImage } from "../image/resolved.ts";
import type { LayerRef } from "./ports.ts";
import { envMap, type Platform } from "./variables.ts";

/** One entry of an image config's history. Source: OCI image-spec v1.1, config.md, "history". */
export interface HistoryEntry {
  readonly created: string;
  readonly created_by: string;
  readonly empty_layer?: boolean;
  readonly author?: string;
}

/** A stage after some of its instructions. */
export interface StageState {
  /** The image below all stages it builds on; undefined for scratch. */
  readonly base: ResolvedImage | undefined;
  readonly platform: Platform;
  readonly config: ContainerConfig;
  readonly author: string | undefined;
  /** On top of `base`. */
  readonly layers: readonly LayerRef[];
  readonly chainId: Digest | undefined;
  /** Of the steps on top of `base`. */
  readonly history: readonly HistoryEntry[];
  /** Declared arguments; undefined for those without a value. */
  readonly args: ReadonlyMap<string, string | undefined>;
  /** Digest of all that led here: 64 hex digits; at its FROM the image's id or `scratchKey`. */
  readonly key: string;
  /** RFC 3339, of the last step. */
  readonly created: string;
  /** Nothing was built so far: all came from the cache. */
  readonly isCached: boolean;
  /** CMD was set in this stage, so ENTRYPOINT leaves it. */
  readonly hasOwnCmd: boolean;
}

/** What an image without an environment of its own gets. */
export const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** What a stage's key starts from when there is no image below it. */
export const scratchKey = "scratch";

/** A stage at its FROM of an image, or of scratch. */
export function stateFromImage(
  image: ResolvedImage | undefined,
  platform: Platform,
  created: string,
): StageState {
  const config = image?.config ?? {};
  const env = config.Env ?? [];
  return {
    base: image,
    platform: image === undefined ? platform : platformOf(image),
    config: {
      ...config,
      Env: envMap(env).has("PATH") ? env : [...env, `PATH=${defaultPath}`],
      OnBuild: null,
    },
    author: undefined,
    layers: [],
    chainId: image?.chainId,
    history: [],
    args: new Map(),
    key: image?.id ?? scratchKey,
    created: image?.created ?? created,
    isCached: true,
    hasOwnCmd: false,
  };
}

/** A stage at its FROM of another stage. */
export function stateFromStage(state: StageState): StageState {
  return { ...state, config: { ...state.config, OnBuild: null }, hasOwnCmd: false };
}

function platformOf(image: ResolvedImage): Platform {
  return {
    os: image.os,
    architecture: image.architecture,
    ...(image.variant === undefined ? {} : { variant: image.variant }),
  };
}
