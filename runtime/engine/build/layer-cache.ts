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

/** Steps that were built before, by key, on disk. */
export class LayerCache {
  readonly #store: JsonStore<CacheEntry>;

  private constructor(store: JsonStore<CacheEntry>) {
    this.#store = store;
  }

  static async open(root: string): Promise<LayerCache> {
    return new LayerCache(await JsonStore.open(join(root, "build", "cache"), parseEntry));
  }

  /** Undefined when there is none or it cannot be read: the step is then built again. */
  async find(key: string): Promise<CacheEntry | undefined> {
    return await this.#store.read(key).catch(() => undefined);
  }

  async add(key: string, entry: CacheEntry): Promise<void> {
    await this.#store.write(key, entry);
  }

  async remove(key: string): Promise<void> {
    await this.#store.remove(key);
  }

  /** Forgets all entries; gives their keys and the bytes of their layers. */
  async clear(): Promise<{ readonly keys: readonly string[]; readonly sizeBytes: number }> {
    const entries = await this.#store.readAll();
    let sizeBytes = 0;
    for (const [key, { layer }] of entries) {
      sizeBytes += layer?.sizeBytes ?? 0;
      await this.#store.remove(key);
    }
    return { keys: [...entries.keys()], sizeBytes };
  }
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
