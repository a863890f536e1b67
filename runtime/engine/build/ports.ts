import type { LayerChange } from "../../api/types/build.ts";
import type { RegistryAuth } from "../../api/types/image.ts";
import type { Digest, ResolvedImage } from "../image/resolved.ts";

/** What the builder needs of images, snapshots and content; `main.ts` hands the implementations over. */

export interface BuildImages {
  /** Throws `not-found`. */
  readonly resolve: (reference: string) => Promise<ResolvedImage>;
  /** Pulls when asked or when the image is missing; reports lines of progress. */
  readonly ensure: (
    reference: string,
    options: BuildPull,
    onProgress: (line: string) => void,
    signal: AbortSignal,
  ) => Promise<ResolvedImage>;
  /** Stores an image whose layers are in the content store and tags it; gives its id. */
  readonly commit: (image: NewImage, tags: readonly string[]) => Promise<Digest>;
}

export interface BuildPull {
  readonly pull: boolean;
  readonly platform: string | undefined;
  readonly auth: Readonly<Record<string, RegistryAuth>>;
}

export interface LayerRef {
  /** Digest of the blob as stored (compressed or not). */
  readonly digest: Digest;
  readonly diffId: Digest;
  readonly sizeBytes: number;
  readonly mediaType: string;
}

/**
 * `config` is the whole OCI image config without `rootfs`, which follows from base and layers. Its `history` has only the
 * steps on top of the base; the base's own stand before them in the stored image.
 */
export interface NewImage {
  readonly base: ResolvedImage | undefined;
  readonly layers: readonly LayerRef[];
  readonly config: Readonly<Record<string, unknown>>;
}

export interface BuildSnapshots {
  readonly prepare: (key: string, parent: Digest | undefined) => Promise<void>;
  readonly mount: (key: string, target: string, signal: AbortSignal) => Promise<void>;
  /** Mounts a committed chain read-only at `target`; for `COPY --from`. */
  readonly mountReadOnly: (chain: Digest | undefined, target: string, signal: AbortSignal) => Promise<void>;
  readonly unmount: (target: string, signal: AbortSignal) => Promise<void>;
  readonly remove: (key: string) => Promise<void>;
  /**
   * Where an active snapshot that is not mounted keeps what it changes: a directory there goes over the parent's of that
   * name, and over whatever else has the name.
   */
  readonly changesDirectory: (key: string) => string;
  /**
   * Turns the active snapshot into a layer: its difference to the parent is stored as a blob, and the snapshot is
   * committed under the new chain id without unpacking again. Undefined when nothing changed (the snapshot is removed).
   */
  readonly commit: (
    key: string,
    signal: AbortSignal,
  ) => Promise<{ readonly layer: LayerRef; readonly chainId: Digest } | undefined>;
  /** What a stored layer changes of the files of the chain below it, sorted by path. */
  readonly layerChanges: (
    layer: LayerRef,
    below: Digest | undefined,
    signal: AbortSignal,
  ) => Promise<readonly LayerChange[]>;
  /** Is the chain unpacked here? A cached step whose chain is gone is built again. */
  readonly has: (chain: Digest) => boolean;
  /** Layers that `commit` made are kept as cache until they are given here; then those no image has can go. */
  readonly releaseBuilt: (chains: readonly Digest[]) => Promise<void>;
}
