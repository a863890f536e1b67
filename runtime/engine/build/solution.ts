import type { Digest } from "../image/resolved.ts";
import type { DefinedStep, Definition } from "./definition.ts";
import type { CacheEntry } from "./layer-cache.ts";
import type { LayerRef } from "./ports.ts";

/** One entry of an image config's history. Source: OCI image-spec v1.1, config.md, "history". */
export interface HistoryEntry {
  readonly created: string;
  readonly created_by: string;
  readonly comment: string;
  readonly empty_layer?: boolean;
}

/** By this readers of histories know that `created_by` is an instruction, and no command line as older builders wrote. */
export const historyComment = "buildkit.dockerfile.v0";

/** A stage after some of its instructions, built: its files. */
export interface Solution {
  /** On top of the base image. */
  readonly layers: readonly LayerRef[];
  /** The snapshot that holds all its files; undefined for none at all. */
  readonly chainId: Digest | undefined;
  /** Of the steps on top of the base. */
  readonly history: readonly HistoryEntry[];
  /** Like the definition's key, with the content of other stages in place of their keys. */
  readonly key: string;
  /** RFC 3339, of the last step. */
  readonly created: string;
}

/**
 * What became of one instruction of the file: what is needed to look at the files after it, and before it, to open a
 * shell there, and to tell what it cost.
 */
export interface StepRecord {
  /** The vertex's id in the graph. */
  readonly id: number;
  /** Undefined for a FROM, before which there is nothing. */
  readonly before: StepState | undefined;
  /** Undefined when the step failed. */
  readonly after: StepState | undefined;
  readonly isCached: boolean;
  readonly seconds: number;
  /** Bytes of its layer. */
  readonly sizeBytes: number;
}

export interface StepState {
  readonly definition: Definition;
  /** Undefined when the files were not needed, since what used them came from the cache. */
  readonly solution: Solution | undefined;
}

/** A stage at its FROM of an image, or of scratch. */
export function solutionOfBase({ base, key }: Definition, now: string): Solution {
  return { layers: [], chainId: base?.chainId, history: [], key, created: base?.created ?? now };
}

/** What a solution becomes by a step whose outcome is known. */
export function solutionAfter(before: Solution, step: DefinedStep, entry: CacheEntry): Solution {
  const { createdBy } = step.plan;
  const noted: HistoryEntry = {
    created: entry.created,
    created_by: createdBy ?? "",
    comment: historyComment,
    ...(entry.layer === undefined ? { empty_layer: true } : {}),
  };
  return {
    key: entry.key,
    created: entry.created,
    // A step that changes no file leaves the snapshot below it, whichever that is.
    chainId: entry.layer === undefined ? before.chainId : entry.chainId,
    layers: entry.layer === undefined ? before.layers : [...before.layers, entry.layer],
    history: createdBy === undefined ? before.history : [...before.history, noted],
  };
}
