import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Digest } from "../image/resolved.ts";
import { JsonStore } from "../store/json-store.ts";
import type { LayerRef } from "./ports.ts";

/** What a step made. */
export interface CacheEntry {
  /** Undefined when the step changed no file. */
  readonly layer: LayerRef | undefined;
  /** The snapshot the step was done on. */
  readonly parent: Digest | undefined;
  readonly chainId: Digest | undefined;
  /** The step's key by content (`Solution.key`), which may be another than the one the entry is found by. */
  readonly key: string;
  /** RFC 3339. */
  readonly created: string;
}

/**
 * The key of a step: what led to it, and what it does, as data. Same content, same key, on any day.
 * Sixty-four hex digits.
 */
export function stepKey(before: string, step: readonly unknown[]): string {
  return createHash("sha256")
    .update(JSON.stringify([before, ...step]))
    .digest("hex");
}

/** Entries that a build has used or made stay, with their layers, until it is over. */
export interface CacheHold extends Disposable {
  /** Undefined when there is none: the step is then built. */
  readonly find: (key: string) => CacheEntry | undefined;
  readonly add: (key: string, entry: CacheEntry) => Promise<void>;
  readonly remove: (key: string) => Promise<void>;
}

/** An entry as it is looked at to decide whether it goes. */
export interface CacheRecord {
  readonly key: string;
  readonly entry: CacheEntry;
  /** Unix ms. */
  readonly lastUsedAt: number;
  readonly isHeld: boolean;
}

/** Which entries go, oldest use first; an entry of a layer that stays would free nothing, so the layer's all go or none. */
export interface CacheChoice {
  readonly matches: (record: CacheRecord) => boolean;
  /** Entries go until the layers of those that are left have no more than this; 0 for as many as can. */
  readonly keepBytes: number;
}

export interface RemovedEntries {
  readonly keys: readonly string[];
  readonly sizeBytes: number;
  /** Layers that no entry has any more. */
  readonly chains: readonly Digest[];
}

/** Steps that were built before, by key, on disk and in memory. */
export class LayerCache {
  readonly #store: JsonStore<CacheEntry>;
  readonly #usage: JsonStore<Readonly<Record<string, number>>>;
  readonly #entries: Map<string, CacheEntry>;
  readonly #lastUsedAt: Map<string, number>;
  readonly #heldKeys = new Map<string, number>();
  readonly #heldChains = new Map<Digest, number>();

  private constructor(
    store: JsonStore<CacheEntry>,
    usage: JsonStore<Readonly<Record<string, number>>>,
    entries: ReadonlyMap<string, CacheEntry>,
    lastUsedAt: ReadonlyMap<string, number>,
  ) {
    this.#store = store;
    this.#usage = usage;
    this.#entries = new Map(entries);
    this.#lastUsedAt = new Map(lastUsedAt);
  }

  /** What cannot be read is as if it were not there: those steps are built again. */
  static async open(root: string): Promise<LayerCache> {
    const store = await JsonStore.open(join(root, "build", "cache"), parseEntry);
    const usage = await JsonStore.open(join(root, "build", "usage"), parseUsage);
    const times = (await usage.read("steps").catch(() => undefined)) ?? {};
    const entries = await store.readAll({ onUnreadable: (key) => store.remove(key) });
    return new LayerCache(store, usage, entries, new Map(Object.entries(times)));
  }

  /** For one build. */
  hold(): CacheHold {
    const keys = new Set<string>();
    const chains = new Set<Digest>();
    const use = (key: string, { chainId }: CacheEntry) => {
      this.#lastUsedAt.set(key, Date.now());
      if (!keys.has(key)) count(this.#heldKeys, key, 1);
      keys.add(key);
      if (chainId === undefined || chains.has(chainId)) return;
      chains.add(chainId);
      count(this.#heldChains, chainId, 1);
    };
    return {
      find: (key) => {
        const entry = this.#entries.get(key);
        if (entry !== undefined) use(key, entry);
        return entry;
      },
      add: async (key, entry) => {
        use(key, entry);
        this.#entries.set(key, entry);
        await this.#store.write(key, entry);
      },
      remove: async (key) => await this.#remove(key),
      [Symbol.dispose]: () => {
        for (const key of keys) count(this.#heldKeys, key, -1);
        for (const chain of chains) count(this.#heldChains, chain, -1);
      },
    };
  }

  /** Bytes of all layers, each counted once. */
  get sizeBytes(): number {
    return [...this.#layers().values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  }

  /** Forgets entries; never one that a running build has used or made, nor one with such a layer. */
  async forget({ matches, keepBytes }: CacheChoice): Promise<RemovedEntries> {
    const layers = [...this.#layers()].sort(([, a], [, b]) => a.lastUsedAt - b.lastUsedAt);
    let left = this.sizeBytes;
    const going: CacheRecord[] = [];
    const chains: Digest[] = [];
    let sizeBytes = 0;
    for (const [chain, layer] of layers) {
      if (keepBytes > 0 && left <= keepBytes) break;
      const isHeld = this.#heldChains.has(chain) || layer.records.some((record) => record.isHeld);
      if (isHeld || !layer.records.every(matches)) continue;
      going.push(...layer.records);
      chains.push(chain);
      sizeBytes += layer.sizeBytes;
      left -= layer.sizeBytes;
    }
    if (keepBytes === 0) {
      const plain = this.#records().filter(({ entry }) => entry.layer === undefined);
      going.push(...plain.filter((record) => !record.isHeld && matches(record)));
    }
    for (const { key } of going) await this.#remove(key);
    return { keys: going.map(({ key }) => key), sizeBytes, chains };
  }

  /** Has the times of use outlive the engine. */
  async writeUsage(): Promise<void> {
    await this.#usage.write("steps", Object.fromEntries(this.#lastUsedAt));
  }

  #records(): CacheRecord[] {
    return [...this.#entries].map(([key, entry]) => ({
      key,
      entry,
      lastUsedAt: this.#lastUsedAt.get(key) ?? Date.parse(entry.created),
      isHeld: this.#heldKeys.has(key),
    }));
  }

  #layers(): Map<Digest, { sizeBytes: number; lastUsedAt: number; records: CacheRecord[] }> {
    const layers = new Map<Digest, { sizeBytes: number; lastUsedAt: number; records: CacheRecord[] }>();
    for (const record of this.#records()) {
      const { layer, chainId } = record.entry;
      if (layer === undefined || chainId === undefined) continue;
      const known = layers.get(chainId);
      const lastUsedAt = Math.max(known?.lastUsedAt ?? 0, record.lastUsedAt);
      const records = [...(known?.records ?? []), record];
      layers.set(chainId, { sizeBytes: layer.sizeBytes, lastUsedAt, records });
    }
    return layers;
  }

  async #remove(key: string): Promise<void> {
    this.#entries.delete(key);
    this.#lastUsedAt.delete(key);
    await this.#store.remove(key);
  }
}

function count<K>(counts: Map<K, number>, key: K, by: 1 | -1): void {
  const sum = (counts.get(key) ?? 0) + by;
  if (sum === 0) counts.delete(key);
  else counts.set(key, sum);
}

function parseUsage(value: unknown): Readonly<Record<string, number>> {
  if (typeof value !== "object" || value === null) throw new Error("the times of use are no object");
  const times: Record<string, number> = {};
  for (const [key, time] of Object.entries(value)) if (typeof time === "number") times[key] = time;
  return times;
}

function parseEntry(value: unknown): CacheEntry {
  if (typeof value !== "object" || value === null) throw new Error("a cache entry is not an object");
  const text = (name: string): string => {
    const found: unknown = Reflect.get(value, name);
    if (typeof found !== "string") throw new Error(`a cache entry has no ${name}`);
    return found;
  };
  return {
    layer: "layer" in value ? parseLayer(value.layer) : undefined,
    parent: "parent" in value && isDigest(value.parent) ? value.parent : undefined,
    chainId: "chainId" in value && isDigest(value.chainId) ? value.chainId : undefined,
    key: text("key"),
    created: text("created"),
  };
}

function parseLayer(value: unknown): LayerRef | undefined {
  if (value === undefined) return undefined;
  if (
    typeof value === "object" &&
    value !== null &&
    "digest" in value &&
    "diffId" in value &&
    "sizeBytes" in value &&
    "mediaType" in value &&
    isDigest(value.digest) &&
    isDigest(value.diffId) &&
    typeof value.sizeBytes === "number" &&
    typeof value.mediaType === "string"
  ) {
    return {
      digest: value.digest,
      diffId: value.diffId,
      sizeBytes: value.sizeBytes,
      mediaType: value.mediaType,
    };
  }
  throw new Error("a cache entry holds no layer");
}

function isDigest(value: unknown): value is Digest {
  return typeof value === "string" && /^sha256:[0-9a-f]{64}$/.test(value);
}
