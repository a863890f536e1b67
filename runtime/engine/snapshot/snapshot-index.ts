import type { Digest } from "../image/resolved.ts";
import { JsonStore } from "../store/json-store.ts";
import { KeyedLock } from "../store/keyed-lock.ts";

/** What is kept of a snapshot; its files are in the directory named `number`. */
export interface SnapshotRecord {
  readonly number: number;
  readonly kind: "active" | "committed";
  /** The caller's key of an active snapshot, the chain id of a committed one. */
  readonly key: string;
  readonly parent: Digest | undefined;
  /** Bytes of file content in a committed layer. */
  readonly sizeBytes?: number;
  /** Committed by the builder: kept as its cache until that is pruned. */
  readonly built?: BuiltLayer;
  /** Its files may still be in memory only. */
  readonly unsettled?: Unsettled;
}

/** What a layer's record says until its files are known to be on the disk. */
export interface Unsettled {
  /** The boot in which its files were written. */
  readonly boot: string;
  /** To unpack it again, when the machine went down first. */
  readonly blob: Digest;
  readonly diffId: Digest;
}

export interface BuiltLayer {
  readonly blob: Digest;
}

/** Which snapshots there are: documents on disk, and the same in memory. A document exists only for complete files. */
export class SnapshotIndex {
  readonly #store: JsonStore<SnapshotRecord>;
  readonly #locks = new KeyedLock();
  readonly #byKey = new Map<string, SnapshotRecord>();
  #last = 0;

  private constructor(store: JsonStore<SnapshotRecord>) {
    this.#store = store;
  }

  static async open(directory: string): Promise<SnapshotIndex> {
    const index = new SnapshotIndex(await JsonStore.open<SnapshotRecord>(directory));
    for (const record of (await index.#store.readAll()).values()) {
      index.#byKey.set(mapKey(record.kind, record.key), record);
      index.#last = Math.max(index.#last, record.number);
    }
    return index;
  }

  active(key: string): SnapshotRecord | undefined {
    return this.#byKey.get(mapKey("active", key));
  }

  committed(chain: Digest): SnapshotRecord | undefined {
    return this.#byKey.get(mapKey("committed", chain));
  }

  list(): readonly SnapshotRecord[] {
    return [...this.#byKey.values()];
  }

  /** Snapshots that lie directly on `chain`. */
  children(chain: Digest): readonly SnapshotRecord[] {
    return this.list().filter((record) => record.parent === chain);
  }

  /** A number no directory has had since the engine started. */
  nextNumber(): number {
    this.#last += 1;
    return this.#last;
  }

  async put(record: SnapshotRecord): Promise<void> {
    await this.#locks.run(String(record.number), () => this.#put(record));
  }

  /** Changes what is on record of a snapshot; does nothing when there is none. */
  async update(number: number, change: (record: SnapshotRecord) => SnapshotRecord): Promise<void> {
    await this.#locks.run(String(number), async () => {
      const record = this.list().find((each) => each.number === number);
      if (record !== undefined) await this.#put(change(record));
    });
  }

  async remove({ number, kind, key }: SnapshotRecord): Promise<void> {
    await this.#locks.run(String(number), async () => {
      this.#byKey.delete(mapKey(kind, key));
      await this.#store.remove(String(number));
    });
  }

  async #put(record: SnapshotRecord): Promise<void> {
    await this.#store.write(String(record.number), record);
    for (const [key, old] of this.#byKey) if (old.number === record.number) this.#byKey.delete(key);
    this.#byKey.set(mapKey(record.kind, record.key), record);
  }
}

function mapKey(kind: SnapshotRecord["kind"], key: string): string {
  return `${kind} ${key}`;
}
