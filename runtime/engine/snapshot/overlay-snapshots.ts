import { randomUUID } from "node:crypto";
import { chmod, mkdir, mkdtemp, realpath, rmdir } from "node:fs/promises";
import { join } from "node:path";
import type { LayerChange } from "../../api/types/build.ts";
import type { BuildSnapshots, LayerRef } from "../build/ports.ts";
import type { RootfsSource } from "../container/ports.ts";
import type { ContentStore } from "../content/content-store.ts";
import { EngineError } from "../error.ts";
import { diskBytesOf } from "../host/disk-bytes.ts";
import { instanceId } from "../host/instance.ts";
import { run } from "../host/run.ts";
import type { Digest } from "../image/resolved.ts";
import type { Logger } from "../log.ts";
import { KeyedLock } from "../store/keyed-lock.ts";
import { chainOn } from "./chain-id.ts";
import { type FileChange, isBelow, listChanges } from "./changes.ts";
import { diffLayer } from "./diff.ts";
import { readLayerChanges } from "./layer-changes.ts";
import { overlayOptions } from "./overlay-options.ts";
import { packTree } from "./pack-tree.ts";
import { currentBoot, Settlement } from "./settlement.ts";
import { SnapshotFiles } from "./snapshot-files.ts";
import { SnapshotIndex, type SnapshotRecord } from "./snapshot-index.ts";
import { SnapshotMounts } from "./snapshot-mounts.ts";
import { unpackLayer } from "./unpack.ts";

/** Tar layers as OCI has them; what `commit` stores. */
const plainLayerType = "application/vnd.oci.image.layer.v1.tar";

/** The kernel takes at most 500 lower directories, and Docker 127 layers with the writable one. */
const maxLayers = 127;

export interface OverlaySnapshotsOptions {
  /** The engine's root; snapshots live in `snapshots/` below it. */
  readonly root: string;
  readonly content: ContentStore;
  readonly log: Logger;
  /** A layer may always unpack to this much, and beyond in proportion to its size; 4 GiB when absent. */
  readonly alwaysUnpackedBytes?: number;
}

/**
 * Committed layers (by chain id) and writable snapshots over them (by the caller's key), on overlayfs. Directories are
 * numbered: `snapshots/N/{diff,work}`. A record exists only for whole files, so what a crash leaves is found and removed
 * when the store is opened. Mounts carry `berth-INSTANCE-N` as their source, so they are found again without notes.
 */
export class OverlaySnapshots implements RootfsSource, BuildSnapshots {
  readonly #files: SnapshotFiles;
  readonly #mounts: SnapshotMounts;
  readonly #index: SnapshotIndex;
  readonly #boot: string;
  readonly #settlement: Settlement;
  readonly #content: ContentStore;
  readonly #alwaysUnpackedBytes: number;
  readonly #locks = new KeyedLock();
  readonly #releaseListeners: ((chain: Digest | undefined) => Promise<unknown>)[] = [];
  /** Of committed layers, by number. */
  readonly #diskBytes = new Map<number, number>();
  /** Blobs of commits under way, by the snapshot's key: kept although no record names them yet. */
  readonly #committing = new Map<string, Digest>();

  private constructor(
    files: SnapshotFiles,
    mounts: SnapshotMounts,
    index: SnapshotIndex,
    boot: string,
    { content, log, alwaysUnpackedBytes = 4 * 1024 ** 3 }: OverlaySnapshotsOptions,
  ) {
    this.#boot = boot;
    this.#settlement = new Settlement(index, files, log);
    this.#files = files;
    this.#mounts = mounts;
    this.#index = index;
    this.#content = content;
    this.#alwaysUnpackedBytes = alwaysUnpackedBytes;
  }

  static async open(options: OverlaySnapshotsOptions, signal: AbortSignal): Promise<OverlaySnapshots> {
    await mkdir(options.root, { recursive: true });
    await chmod(options.root, 0o710);
    const directory = join(await realpath(options.root), "snapshots");
    await mkdir(join(directory, "empty", "a"), { recursive: true, mode: 0o755 });
    await mkdir(join(directory, "empty", "b"), { recursive: true, mode: 0o755 });
    await chmod(directory, 0o710);
    const index = await SnapshotIndex.open(join(directory, "index"));
    const files = new SnapshotFiles(directory, options.log);
    const mounts = new SnapshotMounts(
      directory,
      instanceId(options.root),
      await overlayOptions(),
      options.log,
    );
    const boot = await currentBoot();
    const lost = index.list().filter(({ unsettled }) => unsettled !== undefined && unsettled.boot !== boot);
    for (const record of lost) await index.remove(record);
    const numbers = new Set(index.list().map(({ number }) => number));
    await mounts.unmountAllBut(numbers, signal);
    await files.removeAllBut(numbers, new Set(["index", "empty"]), signal);
    const snapshots = new OverlaySnapshots(files, mounts, index, boot, options);
    await snapshots.#unpackAgain(lost, options.log, signal);
    snapshots.#settlement.schedule();
    return snapshots;
  }

  /** When all layers made so far are on the disk, or could not be brought there. */
  async settled(): Promise<void> {
    await this.#settlement.idle();
  }

  async prepare(key: string, parent: Digest | undefined): Promise<void> {
    await this.#locks.run(key, async () => {
      if (this.#index.active(key) !== undefined) {
        throw new EngineError("conflict", `snapshot ${JSON.stringify(key)} exists already`);
      }
      // The parent's lock keeps it from being removed before this child is on record.
      await this.#locks.run(parent ?? `base of ${key}`, async () => {
        const lower = this.#lowerOf(parent);
        const number = this.#index.nextNumber();
        await this.#files.makeWritable(number, lower[0]);
        await this.#index.put({ number, kind: "active", key, parent });
      });
    });
  }

  async mount(key: string, target: string, signal: AbortSignal): Promise<void> {
    const record = this.#index.active(key);
    if (record === undefined) throw new EngineError("not-found", `no snapshot ${JSON.stringify(key)}`);
    await this.#mounts.mount({ upper: record.number, lower: this.#lowerOf(record.parent) }, target, signal);
  }

  async mountReadOnly(chain: Digest | undefined, target: string, signal: AbortSignal): Promise<void> {
    await this.#mounts.mount({ upper: undefined, lower: this.#lowerOf(chain) }, target, signal);
  }

  async unmount(target: string, signal: AbortSignal): Promise<void> {
    await this.#mounts.unmount(target, signal);
  }

  async remove(key: string): Promise<void> {
    const parent = await this.#locks.run(key, async () => {
      const record = this.#index.active(key);
      if (record !== undefined) await this.#removeSnapshot(record);
      return record?.parent;
    });
    if (parent !== undefined && !this.hasChildren(parent)) await this.#tellReleased(parent);
  }

  changesDirectory(key: string): string {
    const record = this.#index.active(key);
    if (record === undefined) throw new EngineError("not-found", `no snapshot ${JSON.stringify(key)}`);
    return this.#files.diffOf(record.number);
  }

  async usageBytes(key: string): Promise<number> {
    const record = this.#index.active(key);
    if (record === undefined) throw new EngineError("not-found", `no snapshot ${JSON.stringify(key)}`);
    const parse = (text: string) => Number.parseInt(text, 10);
    return await run(
      { argv: ["du", "-sxB1", "--", this.#files.diffOf(record.number)], parse },
      AbortSignal.timeout(60_000),
    );
  }

  async commit(
    key: string,
    signal: AbortSignal,
  ): Promise<{ readonly layer: LayerRef; readonly chainId: Digest } | undefined> {
    return await this.#locks.run(key, async () => {
      const record = this.#index.active(key);
      if (record === undefined) throw new EngineError("not-found", `no snapshot ${JSON.stringify(key)}`);
      await this.#mounts.unmountSnapshot(record.number, signal);
      const lower = this.#lowerOf(record.parent).map((path) => join(this.#files.directory, path));
      const hold = (digest: Digest) => this.#committing.set(key, digest);
      try {
        const found = await diffLayer(this.#content, this.#files.diffOf(record.number), lower, hold, signal);
        if (found === undefined) {
          await this.#removeSnapshot(record);
          return undefined;
        }
        const { digest, sizeBytes, contentBytes } = found;
        const chainId = chainOn(record.parent, digest);
        await this.#locks.run(chainId, () => this.#commitAs(record, chainId, digest, contentBytes));
        return { layer: { digest, diffId: digest, sizeBytes, mediaType: plainLayerType }, chainId };
      } finally {
        this.#committing.delete(key);
      }
    });
  }

  /**
   * Gives `use` what the active snapshot changes over its parent as a stored layer (undefined when nothing), which is
   * kept from collection until `use` is through. The snapshot stays as it is, mounted or not. Throws `not-found`.
   */
  async withDifference<T>(
    key: string,
    use: (layer: LayerRef | undefined) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const record = this.#index.active(key);
    if (record === undefined) throw new EngineError("not-found", `no snapshot ${JSON.stringify(key)}`);
    const lower = this.#lowerOf(record.parent).map((path) => join(this.#files.directory, path));
    const holder = `${key} ${randomUUID()}`;
    const hold = (digest: Digest) => this.#committing.set(holder, digest);
    try {
      const found = await diffLayer(this.#content, this.#files.diffOf(record.number), lower, hold, signal);
      if (found === undefined) return await use(undefined);
      const { digest, sizeBytes } = found;
      return await use({ digest, diffId: digest, sizeBytes, mediaType: plainLayerType });
    } finally {
      this.#committing.delete(holder);
    }
  }

  /** What an active snapshot changes over its parent. Throws `not-found`. */
  async changes(key: string, signal: AbortSignal): Promise<readonly FileChange[]> {
    const record = this.#index.active(key);
    if (record === undefined) throw new EngineError("not-found", `no snapshot ${JSON.stringify(key)}`);
    const lower = this.#lowerOf(record.parent).map((path) => join(this.#files.directory, path));
    return await listChanges(this.#files.diffOf(record.number), lower, signal);
  }

  /** All files of an active snapshot as a tar archive, as they are now, without what is mounted on it. */
  async layerChanges(
    { digest }: LayerRef,
    below: Digest | undefined,
    signal: AbortSignal,
  ): Promise<readonly LayerChange[]> {
    const lower = this.#lowerOf(below).map((path) => join(this.#files.directory, path));
    return await readLayerChanges(this.#content.read(digest), (path) => isBelow(lower, `/${path}`), signal);
  }

  async *exportTree(key: string, signal: AbortSignal): AsyncGenerator<Buffer, void, void> {
    const record = this.#index.active(key);
    if (record === undefined) throw new EngineError("not-found", `no snapshot ${JSON.stringify(key)}`);
    const target = await mkdtemp(join(this.#files.directory, "export-"));
    try {
      // Its own layer as the topmost of read-only ones: whoever has it mounted to write is not disturbed.
      const lower = [`${record.number}/diff`, ...this.#lowerOf(record.parent)];
      await this.#mounts.mount({ upper: undefined, lower }, target, signal);
      yield* packTree(target, signal);
    } finally {
      await this.#mounts.unmount(target, AbortSignal.timeout(60_000));
      await rmdir(target);
    }
  }

  /**
   * Makes sure that the layer `diffId` over `parent` is unpacked, and gives its chain id. The blob must be in the content
   * store or arriving there. Callers with layers in common may run at once: one unpacks, the others wait. `parentReady`:
   * when `parent` is unpacked, for layers of one image that are unpacked beside each other.
   */
  async unpack(
    layer: { readonly digest: Digest; readonly diffId: Digest },
    parent: Digest | undefined,
    signal: AbortSignal,
    parentReady: Promise<unknown> = Promise.resolve(),
  ): Promise<Digest> {
    const chainId = chainOn(parent, layer.diffId);
    const lower = async () => {
      await parentReady;
      return this.#lowerOf(parent).map((path) => join(this.#files.directory, path));
    };
    await this.#locks.run(
      chainId,
      async () => {
        if (this.#index.committed(chainId) !== undefined) return;
        const number = this.#index.nextNumber();
        try {
          await this.#files.makeLayer(number);
          const source = {
            ...{ blob: layer.digest, diffId: layer.diffId, lower },
            alwaysUnpackedBytes: this.#alwaysUnpackedBytes,
          };
          const { sizeBytes } = await unpackLayer(this.#content, source, this.#files.diffOf(number), signal);
          await lower(); // throws when the layers below failed, or are too many
          const unsettled = { boot: this.#boot, blob: layer.digest, diffId: layer.diffId };
          await this.#index.put({ number, kind: "committed", key: chainId, parent, sizeBytes, unsettled });
          this.#settlement.schedule();
        } catch (error) {
          await this.#files.remove(number);
          throw error;
        }
      },
      signal,
    );
    return chainId;
  }

  has(chain: Digest): boolean {
    return this.#index.committed(chain) !== undefined;
  }

  /** Blobs the builder keeps or is about to: those of committed layers, and of commits under way. */
  builtBlobs(): readonly Digest[] {
    const kept = this.#index.list().flatMap(({ built }) => (built === undefined ? [] : [built.blob]));
    return [...kept, ...this.#committing.values()];
  }

  hasChildren(chain: Digest): boolean {
    return this.#index.children(chain).length > 0;
  }

  /** Bytes of file content in the layer on top of `chain`; 0 when it is unknown. */
  layerBytes(chain: Digest): number {
    return this.#index.committed(chain)?.sizeBytes ?? 0;
  }

  /** All committed layers by chain id; `isBuilt`: the builder made it and keeps it as cache. */
  committed(): readonly { readonly chain: Digest; readonly isBuilt: boolean }[] {
    return this.#index
      .list()
      .filter((record) => record.kind === "committed")
      .map((record) => ({ chain: record.key as Digest, isBuilt: record.built !== undefined }));
  }

  /** What each committed layer takes on the disk, by chain id, as `du` counts. Layers do not change: each is counted once. */
  async diskUsage(signal: AbortSignal): Promise<ReadonlyMap<Digest, number>> {
    const records = this.#index.list().filter(({ kind }) => kind === "committed");
    const unknown = records.map(({ number }) => number).filter((number) => !this.#diskBytes.has(number));
    const paths = new Map(unknown.map((number) => [this.#files.pathOf(number), number]));
    for (const [path, sizeBytes] of await diskBytesOf([...paths.keys()], signal)) {
      const number = paths.get(path);
      if (number !== undefined) this.#diskBytes.set(number, sizeBytes);
    }
    return new Map(records.map(({ key, number }) => [key as Digest, this.#diskBytes.get(number) ?? 0]));
  }

  /** Layers the builder keeps as its cache, with their blobs. */
  built(): readonly { readonly chain: Digest; readonly blob: Digest }[] {
    return this.#index
      .list()
      .flatMap(({ key, built }) => (built === undefined ? [] : [{ chain: key as Digest, blob: built.blob }]));
  }

  /** True while a container or a build writes on top of the layer. */
  isInUse(chain: Digest): boolean {
    return this.#index.children(chain).some(({ kind }) => kind === "active");
  }

  /** Takes the builder's hold off layers it committed; those no image has are then removed by who listens. */
  async releaseBuilt(chains: readonly Digest[]): Promise<void> {
    for (const chain of chains) {
      const found = this.#index.committed(chain);
      if (found?.built === undefined) continue;
      await this.#index.update(found.number, ({ built: _released, ...record }) => record);
    }
    await this.#tellReleased(undefined);
  }

  /**
   * `listener` is called, and waited for, when nothing here needs a layer any more: the given one, on which nothing lies
   * now, or (undefined) any of those the builder kept.
   */
  onReleased(listener: (chain: Digest | undefined) => Promise<unknown>): void {
    this.#releaseListeners.push(listener);
  }

  /** Removes a committed layer; does nothing when there is none. `conflict` while something lies on it. */
  async removeCommitted(chain: Digest): Promise<void> {
    await this.#locks.run(chain, async () => {
      const record = this.#index.committed(chain);
      if (record === undefined) return;
      const children = this.#index.children(chain).length;
      if (children > 0) {
        throw new EngineError("conflict", `cannot remove layer ${chain}: ${children} snapshots lie on it`);
      }
      await this.#removeSnapshot(record);
    });
  }

  /** Removes the writable snapshots whose owner is gone: for the start, when the owners are known. */
  async removeAbandoned(isAlive: (key: string) => boolean): Promise<void> {
    for (const record of this.#index.list()) {
      if (record.kind === "active" && !isAlive(record.key)) await this.remove(record.key);
    }
  }

  /** Layers whose files a power cut may have torn, base first, from their blobs, which were on the disk before. */
  async #unpackAgain(lost: readonly SnapshotRecord[], log: Logger, signal: AbortSignal): Promise<void> {
    const waiting = new Set(lost);
    for (let before = Number.POSITIVE_INFINITY; waiting.size > 0 && waiting.size < before; ) {
      before = waiting.size;
      for (const record of waiting) {
        const { unsettled, parent, key, built } = record;
        const isReady = parent === undefined || this.#index.committed(parent) !== undefined;
        if (unsettled === undefined || !isReady) continue;
        waiting.delete(record);
        try {
          const { blob: digest, diffId } = unsettled;
          const chain = await this.unpack({ digest, diffId }, parent, signal);
          const { number } = this.#index.committed(chain) ?? record;
          if (built !== undefined) await this.#index.update(number, (now) => ({ ...now, built }));
          log.info("a layer that was not on the disk yet when the machine went down is unpacked again", {
            key,
          });
        } catch (error) {
          signal.throwIfAborted();
          log.warn("a layer was lost when the machine went down", { key, error });
        }
      }
    }
  }

  async #commitAs(record: SnapshotRecord, chainId: Digest, blob: Digest, sizeBytes: number): Promise<void> {
    const existing = this.#index.committed(chainId);
    if (existing !== undefined) {
      await this.#index.update(existing.number, (now) => ({ built: { blob }, ...now }));
      await this.#removeSnapshot(record);
      return;
    }
    const unsettled = { boot: this.#boot, blob, diffId: blob };
    const committed = { kind: "committed", key: chainId, sizeBytes, built: { blob }, unsettled } as const;
    await this.#index.put({ ...record, ...committed });
    await this.#files.removeWork(record.number);
    this.#diskBytes.delete(record.number);
    this.#settlement.schedule();
  }

  async #tellReleased(chain: Digest | undefined): Promise<void> {
    for (const listener of this.#releaseListeners) await listener(chain);
  }

  async #removeSnapshot(record: SnapshotRecord): Promise<void> {
    await this.#mounts.unmountSnapshot(record.number, AbortSignal.timeout(60_000));
    await this.#index.remove(record);
    this.#diskBytes.delete(record.number);
    await this.#files.remove(record.number);
  }

  /** The directories of a chain relative to the snapshot directory, topmost first. */
  #lowerOf(chain: Digest | undefined): string[] {
    const lower: string[] = [];
    for (let at = chain; at !== undefined; ) {
      const record = this.#index.committed(at);
      if (record === undefined) throw new EngineError("not-found", `layer ${at} is not unpacked here`);
      lower.push(`${record.number}/diff`);
      at = record.parent;
    }
    if (lower.length > maxLayers) {
      throw new EngineError(
        "invalid-argument",
        `the image has ${lower.length} layers, more than ${maxLayers}`,
      );
    }
    return lower;
  }
}
