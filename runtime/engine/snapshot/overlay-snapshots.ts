import { randomUUID } from "node:crypto";
import { chmod, chown, mkdir, readdir, realpath, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import type { BuildSnapshots, LayerRef } from "../build/ports.ts";
import type { RootfsSource } from "../container/ports.ts";
import type { ContentStore } from "../content/content-store.ts";
import { EngineError } from "../error.ts";
import { instanceId } from "../host/instance.ts";
import { mountOverlay, readMounts, unmountTarget } from "../host/mount.ts";
import { CommandError, run } from "../host/run.ts";
import type { Digest } from "../image/resolved.ts";
import type { Logger } from "../log.ts";
import { isMissing } from "../store/atomic-file.ts";
import { KeyedLock } from "../store/keyed-lock.ts";
import { chainOn } from "./chain-id.ts";
import { diffLayer } from "./diff.ts";
import { overlayOptions } from "./overlay-options.ts";
import { SnapshotIndex, type SnapshotRecord } from "./snapshot-index.ts";
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
  readonly #directory: string;
  readonly #instance: string;
  readonly #index: SnapshotIndex;
  readonly #content: ContentStore;
  readonly #log: Logger;
  readonly #options: readonly string[];
  readonly #alwaysUnpackedBytes: number;
  readonly #locks = new KeyedLock();
  readonly #releaseListeners: ((chain: Digest | undefined) => Promise<unknown>)[] = [];
  /** Blobs of commits under way, by the snapshot's key: kept although no record names them yet. */
  readonly #committing = new Map<string, Digest>();

  private constructor(
    directory: string,
    index: SnapshotIndex,
    options: readonly string[],
    { root, content, log, alwaysUnpackedBytes = 4 * 1024 ** 3 }: OverlaySnapshotsOptions,
  ) {
    this.#directory = directory;
    this.#instance = instanceId(root);
    this.#index = index;
    this.#content = content;
    this.#log = log;
    this.#options = options;
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
    const snapshots = new OverlaySnapshots(directory, index, await overlayOptions(), options);
    await snapshots.#removeLeftovers(signal);
    return snapshots;
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
        await this.#makeDirectories(number, lower[0]);
        await this.#index.put({ number, kind: "active", key, parent });
      });
    });
  }

  async mount(key: string, target: string, signal: AbortSignal): Promise<void> {
    const record = this.#index.active(key);
    if (record === undefined) throw new EngineError("not-found", `no snapshot ${JSON.stringify(key)}`);
    await this.#mount(target, this.#sourceOf(record), this.#lowerOf(record.parent), record.number, signal);
  }

  async mountReadOnly(chain: Digest | undefined, target: string, signal: AbortSignal): Promise<void> {
    const lower = this.#lowerOf(chain);
    await this.#mount(target, this.#sourceOf("ro"), lower, undefined, signal);
  }

  async unmount(target: string, signal: AbortSignal): Promise<void> {
    await this.#locks.run(target, async () => {
      const path = await realpath(target).catch((error: unknown) => {
        if (isMissing(error)) return target;
        throw error;
      });
      // One mount may hide another.
      for (const entry of await readMounts()) {
        if (entry.target === path && entry.fsType === "overlay") await this.#unmountTarget(path, signal);
      }
    });
  }

  async remove(key: string): Promise<void> {
    const parent = await this.#locks.run(key, async () => {
      const record = this.#index.active(key);
      if (record !== undefined) await this.#removeSnapshot(record);
      return record?.parent;
    });
    if (parent !== undefined && !this.hasChildren(parent)) await this.#tellReleased(parent);
  }

  async usageBytes(key: string): Promise<number> {
    const record = this.#index.active(key);
    if (record === undefined) throw new EngineError("not-found", `no snapshot ${JSON.stringify(key)}`);
    const parse = (text: string) => Number.parseInt(text, 10);
    return await run(
      { argv: ["du", "-sxB1", "--", this.#diffOf(record.number)], parse },
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
      await this.#unmountAll(record, signal);
      const lower = this.#lowerOf(record.parent).map((path) => join(this.#directory, path));
      const hold = (digest: Digest) => this.#committing.set(key, digest);
      try {
        const found = await diffLayer(this.#content, this.#diffOf(record.number), lower, hold, signal);
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
   * Makes sure that the layer `diffId` over `parent` is unpacked, and gives its chain id. The blob must be in the content
   * store. Callers with layers in common may run at once: one unpacks, the others wait.
   */
  async unpack(
    layer: { readonly digest: Digest; readonly diffId: Digest },
    parent: Digest | undefined,
    signal: AbortSignal,
  ): Promise<Digest> {
    const chainId = chainOn(parent, layer.diffId);
    await this.#locks.run(
      chainId,
      async () => {
        if (this.#index.committed(chainId) !== undefined) return;
        const lower = this.#lowerOf(parent);
        const number = this.#index.nextNumber();
        try {
          await this.#makeDirectories(number, lower[0]);
          const source = {
            blob: layer.digest,
            diffId: layer.diffId,
            lower: lower.map((path) => join(this.#directory, path)),
            alwaysUnpackedBytes: this.#alwaysUnpackedBytes,
          };
          const { sizeBytes } = await unpackLayer(this.#content, source, this.#diffOf(number), signal);
          await this.#index.put({ number, kind: "committed", key: chainId, parent, sizeBytes });
        } catch (error) {
          await this.#removeFiles(number);
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

  /** Takes the builder's hold off all layers it committed; those no image has are then removed by who listens. */
  async releaseBuilt(): Promise<void> {
    for (const { built, ...record } of this.#index.list()) {
      if (built !== undefined) await this.#index.put(record);
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

  async #mount(
    target: string,
    source: string,
    lower: readonly string[],
    upper: number | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    await mkdir(target, { recursive: true, mode: 0o711 });
    const path = await realpath(target);
    await this.#locks.run(path, async () => {
      const there = (await readMounts()).findLast((entry) => entry.target === path);
      if (there?.source === source && upper !== undefined) return;
      if (there !== undefined) {
        throw new EngineError(
          "conflict",
          `cannot mount a snapshot at ${path}: ${there.source} is mounted there`,
        );
      }
      const directories =
        upper === undefined ? {} : { upper: { directory: `${upper}/diff`, work: `${upper}/work` } };
      await run(
        mountOverlay({
          source,
          target: path,
          cwd: this.#directory,
          lower: [...lower, "empty/a", ...(upper === undefined && lower.length === 0 ? ["empty/b"] : [])],
          options: this.#options,
          ...directories,
        }),
        signal,
      );
    });
  }

  async #unmountTarget(target: string, signal: AbortSignal): Promise<void> {
    try {
      await run(unmountTarget(target, "now"), signal);
    } catch (error) {
      if (!(error instanceof CommandError) || !error.stderr.includes("busy")) throw error;
      this.#log.warn("a snapshot was busy when it was unmounted", { target });
      await run(unmountTarget(target, "lazy"), signal);
    }
  }

  async #unmountAll(record: SnapshotRecord, signal: AbortSignal): Promise<void> {
    for (const entry of await readMounts()) {
      if (entry.source === this.#sourceOf(record)) await this.#unmountTarget(entry.target, signal);
    }
  }

  async #commitAs(record: SnapshotRecord, chainId: Digest, blob: Digest, sizeBytes: number): Promise<void> {
    const existing = this.#index.committed(chainId);
    if (existing !== undefined) {
      if (existing.built === undefined) await this.#index.put({ ...existing, built: { blob } });
      await this.#removeSnapshot(record);
      return;
    }
    await this.#index.put({ ...record, kind: "committed", key: chainId, sizeBytes, built: { blob } });
    await this.#removePath(`${record.number}/work`);
  }

  async #tellReleased(chain: Digest | undefined): Promise<void> {
    for (const listener of this.#releaseListeners) await listener(chain);
  }

  async #makeDirectories(number: number, below: string | undefined): Promise<void> {
    const diff = this.#diffOf(number);
    await mkdir(diff, { recursive: true });
    await mkdir(join(this.#directory, String(number), "work"));
    // The root directory's attributes are those of the topmost layer.
    const root = below === undefined ? undefined : await stat(join(this.#directory, below));
    if (root !== undefined) await chown(diff, root.uid, root.gid);
    await chmod(diff, root === undefined ? 0o755 : root.mode & 0o7777);
  }

  async #removeSnapshot(record: SnapshotRecord): Promise<void> {
    await this.#unmountAll(record, AbortSignal.timeout(60_000));
    await this.#index.remove(record);
    await this.#removeFiles(record.number);
  }

  #removeFiles(number: number): Promise<void> {
    return this.#removePath(String(number));
  }

  /** Names in layers may be bytes that Node's own removal cannot spell, so `rm` does it. */
  async #removePath(path: string): Promise<void> {
    const trash = join(this.#directory, `trash-${randomUUID()}`);
    try {
      await rename(join(this.#directory, path), trash);
    } catch (error) {
      if (isMissing(error)) return;
      throw error;
    }
    await removeTree(trash, AbortSignal.timeout(600_000));
  }

  async #removeLeftovers(signal: AbortSignal): Promise<void> {
    const records = this.#index.list();
    const sources = new Set(records.map((record) => this.#sourceOf(record)));
    for (const entry of await readMounts()) {
      const isOurs = entry.fsType === "overlay" && entry.source.startsWith(`berth-${this.#instance}-`);
      if (isOurs && !sources.has(entry.source)) await this.#unmountTarget(entry.target, signal);
    }
    const numbers = new Set(records.map((record) => String(record.number)));
    for (const name of await readdir(this.#directory)) {
      if (name === "index" || name === "empty" || numbers.has(name)) continue;
      this.#log.info("files of an unfinished snapshot removed", { name });
      // The tar of a killed engine may still be at its last file; what stays is removed by the next start.
      await removeTree(join(this.#directory, name), signal).catch((error: unknown) => {
        this.#log.warn("files of an unfinished snapshot could not all be removed", { name, error });
      });
    }
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

  #diffOf(number: number): string {
    return join(this.#directory, String(number), "diff");
  }

  #sourceOf(record: SnapshotRecord | "ro"): string {
    return `berth-${this.#instance}-${record === "ro" ? "ro" : record.number}`;
  }
}

function removeTree(path: string, signal: AbortSignal): Promise<void> {
  return run(
    { argv: ["rm", "-rf", "--one-file-system", "--", path], limitMs: 600_000, parse: () => {} },
    signal,
  );
}
