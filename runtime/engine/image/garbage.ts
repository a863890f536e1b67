import type { ContentStore } from "../content/content-store.ts";
import type { Logger } from "../log.ts";
import type { OverlaySnapshots } from "../snapshot/overlay-snapshots.ts";
import { KeyedLock } from "../store/keyed-lock.ts";
import type { ImageStore } from "./image-store.ts";
import type { Digest } from "./resolved.ts";
import type { Unfinished } from "./unfinished.ts";

/** Blobs and layers that work in progress needs although no image has them yet. */
export interface Hold extends AsyncDisposable {
  /** Waits for a collection that is under way: what is held afterwards and is there, stays. */
  readonly add: (digests: readonly Digest[]) => Promise<void>;
}

export interface Collected {
  /** Chain ids of the layers that were removed. */
  readonly layers: readonly Digest[];
  /** What their files and the removed blobs took on the disk. */
  readonly freedBytes: number;
}

export interface GarbageOptions {
  readonly store: ImageStore;
  readonly content: ContentStore;
  readonly snapshots: OverlaySnapshots;
  readonly unfinished: Unfinished;
  readonly log: Logger;
}

/**
 * Removes blobs and unpacked layers that no image has, no work in progress holds, and the builder does not keep as its
 * cache. Layers below a container's or a build's writable one stay until that goes.
 */
export class Garbage {
  readonly #options: GarbageOptions;
  readonly #held = new Map<Digest, number>();
  readonly #lock = new KeyedLock();

  constructor(options: GarbageOptions) {
    this.#options = options;
  }

  hold(): Hold {
    const mine: Digest[] = [];
    return {
      add: async (digests) => {
        await this.#lock.run("garbage", async () => {
          for (const digest of digests) this.#held.set(digest, (this.#held.get(digest) ?? 0) + 1);
          mine.push(...digests);
        });
      },
      [Symbol.asyncDispose]: async () => {
        for (const digest of mine.splice(0)) {
          const left = (this.#held.get(digest) ?? 1) - 1;
          if (left === 0) this.#held.delete(digest);
          else this.#held.set(digest, left);
        }
      },
    };
  }

  /** True when an image, work in progress or the builder's cache needs the blob or layer. */
  isUsed(digest: Digest): boolean {
    return this.#used().has(digest);
  }

  /** Gives the chain ids of the layers that went. */
  async collect(): Promise<readonly Digest[]> {
    return await this.#lock.run("garbage", async () => {
      const used = this.#used();
      const layers = await this.#collectLayers(used);
      await this.#collectBlobs(used);
      return layers;
    });
  }

  /** The same, and tells how much of the disk became free; that takes a look at every file. */
  async collectMeasured(signal: AbortSignal): Promise<Collected> {
    return await this.#lock.run("garbage", async () => {
      const used = this.#used();
      const layerBytes = await this.#options.snapshots.diskUsage(signal);
      const layers = await this.#collectLayers(used);
      const ofLayers = layers.reduce((total, chain) => total + (layerBytes.get(chain) ?? 0), 0);
      return { layers, freedBytes: ofLayers + (await this.#collectBlobs(used)) };
    });
  }

  #used(): ReadonlySet<Digest> {
    const used = new Set<Digest>(this.#held.keys());
    for (const image of this.#options.store.list()) {
      for (const digest of image.chain) used.add(digest);
      for (const { digest } of image.layers) used.add(digest);
      used.add(image.id);
      if (image.manifest !== undefined) used.add(image.manifest.digest);
    }
    for (const digest of this.#options.snapshots.builtBlobs()) used.add(digest);
    for (const digest of this.#options.unfinished.digests()) used.add(digest);
    for (const { isBuilt, chain } of this.#options.snapshots.committed()) if (isBuilt) used.add(chain);
    return used;
  }

  /** From the top down: a layer can go when nothing lies on it any more. */
  async #collectLayers(used: ReadonlySet<Digest>): Promise<readonly Digest[]> {
    const { snapshots, log } = this.#options;
    const removed: Digest[] = [];
    for (let progress = true; progress; ) {
      progress = false;
      for (const { chain } of snapshots.committed()) {
        if (used.has(chain) || snapshots.hasChildren(chain)) continue;
        try {
          await snapshots.removeCommitted(chain);
        } catch (error) {
          log.warn("a layer could not be removed", { chain, error });
          continue;
        }
        removed.push(chain);
        progress = true;
      }
    }
    return removed;
  }

  /** Gives what they took on the disk. */
  async #collectBlobs(used: ReadonlySet<Digest>): Promise<number> {
    const { content } = this.#options;
    let freedBytes = 0;
    for (const digest of await content.list()) {
      // Looked at again: a build may have committed this one since.
      if (used.has(digest) || this.#used().has(digest)) continue;
      freedBytes += await content.diskBytes(digest);
      await content.remove(digest);
    }
    return freedBytes;
  }
}
