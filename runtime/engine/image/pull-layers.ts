import type { ProgressMessage } from "../../api/types/image.ts";
import type { LayerRef } from "../build/ports.ts";
import type { ContentStore } from "../content/content-store.ts";
import type { Ingest } from "../content/ingest.ts";
import type { Descriptor } from "../registry/manifest.ts";
import type { Repository } from "../registry/repository.ts";
import type { OverlaySnapshots } from "../snapshot/overlay-snapshots.ts";
import type { KeyedLock } from "../store/keyed-lock.ts";
import { Slots } from "../store/slots.ts";
import { throttled } from "./progress-queue.ts";
import type { Digest } from "./resolved.ts";
import { parallelUnpacks } from "./unpack-layers.ts";

const parallelDownloads = 3;

export interface LayerParts {
  readonly content: ContentStore;
  readonly snapshots: OverlaySnapshots;
  /** By blob digest: pulls with a blob in common fetch it once. */
  readonly blobLocks: KeyedLock;
}

export interface LayerPlan {
  readonly layers: readonly LayerRef[];
  /** Chain ids, base first. */
  readonly chain: readonly Digest[];
}

/**
 * Downloads and unpacks the layers that are not here. A layer is unpacked while it comes, and beside the layers below it:
 * in overlayfs each has a directory of its own. Throws the first failure after all else has ended.
 */
export async function fetchLayers(
  parts: LayerParts,
  repository: Repository,
  plan: LayerPlan,
  report: (message: ProgressMessage) => void,
  signal: AbortSignal,
): Promise<void> {
  const isHere = plan.chain.map((chain) => parts.snapshots.has(chain));
  for (const [index, { digest }] of plan.layers.entries()) {
    const status = isHere[index] ? "Already exists" : "Pulling fs layer";
    report({ status, progressDetail: {}, id: shortId(digest) });
  }
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const downloads = new Slots(parallelDownloads);
  const unpacks = new Slots(parallelUnpacks);
  let below: Promise<unknown> = Promise.resolve();
  const works = plan.layers.map((layer, index) => {
    const fetching = new LayerFetch(parts, repository, layer, isHere[index] ? () => {} : report);
    const downloaded = downloads.run(() => fetching.download(either), either);
    const parentReady = below;
    const unpacked = isHere[index]
      ? Promise.resolve()
      : unpacks.run(() => fetching.unpack(plan.chain[index - 1], parentReady, downloaded, either), either);
    below = unpacked;
    for (const each of [downloaded, unpacked]) {
      each.catch((error: unknown) => failed.abort(error));
    }
    return Promise.allSettled([downloaded, unpacked]);
  });
  await Promise.all(works);
  either.throwIfAborted();
}

/** One layer on its way from the registry into a snapshot. */
class LayerFetch {
  readonly #parts: LayerParts;
  readonly #repository: Repository;
  readonly #layer: LayerRef;
  readonly #report: (message: ProgressMessage) => void;
  /** The blob is coming. */
  readonly #begun = Promise.withResolvers<Ingest>();

  constructor(
    parts: LayerParts,
    repository: Repository,
    layer: LayerRef,
    report: (message: ProgressMessage) => void,
  ) {
    this.#parts = parts;
    this.#repository = repository;
    this.#layer = layer;
    this.#report = report;
  }

  async download(signal: AbortSignal): Promise<void> {
    const [id, total] = [shortId(this.#layer.digest), this.#layer.sizeBytes];
    const onBytes = throttled(total, (current) => {
      this.#report({ status: "Downloading", progressDetail: { current, total }, id });
      if (current === total) this.#report({ status: "Verifying Checksum", progressDetail: {}, id });
    });
    await fetchBlob(
      this.#parts,
      this.#repository,
      this.#layer,
      { onBytes, onBegin: this.#begun.resolve },
      signal,
    );
    this.#report({ status: "Download complete", progressDetail: {}, id });
  }

  async unpack(
    parent: Digest | undefined,
    parentReady: Promise<unknown>,
    downloaded: Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const [id, total] = [shortId(this.#layer.digest), this.#layer.sizeBytes];
    const stop = new AbortController();
    const either = AbortSignal.any([signal, stop.signal]);
    const ingest = await Promise.race([this.#begun.promise, downloaded]);
    void downloaded.then(
      () => this.#report({ status: "Extracting", progressDetail: { current: total, total }, id }),
      // Whatever the archive then looks like, this is the cause.
      (error: unknown) => stop.abort(error),
    );
    const unpack = () => this.#parts.snapshots.unpack(this.#layer, parent, either, parentReady);
    try {
      await unpack();
    } catch (error) {
      either.throwIfAborted();
      // The archive ended early because its transfer did: that is the cause.
      if (ingest?.isGivenUp === true) await downloaded;
      if (ingest?.isPieced !== true) throw error;
      // What was read along may have been damaged bytes of an earlier pull, which have been replaced since.
      await downloaded;
      await unpack();
    }
    this.#report({ status: "Pull complete", progressDetail: {}, id });
  }
}

/**
 * Brings a blob into the content store, unless it is there. `onBegin` is called when its bytes can be read, as they come;
 * what came of it stays when the transfer fails.
 */
export async function fetchBlob(
  { content, blobLocks }: Pick<LayerParts, "content" | "blobLocks">,
  repository: Repository,
  { digest, sizeBytes, mediaType }: Descriptor,
  watching: {
    readonly onBytes?: (haveBytes: number) => void;
    readonly onBegin?: (ingest: Ingest) => void;
  },
  signal: AbortSignal,
): Promise<void> {
  await blobLocks.run(
    digest,
    async () => {
      if (await content.has(digest)) return;
      await using ingest = await content.resume({ digest, sizeBytes });
      watching.onBegin?.(ingest);
      const onBytes = watching.onBytes ?? (() => {});
      await repository.fetchBlob({ digest, sizeBytes, mediaType }, ingest, onBytes, signal);
    },
    signal,
  );
}

function shortId(digest: Digest): string {
  return digest.slice("sha256:".length, "sha256:".length + 12);
}
