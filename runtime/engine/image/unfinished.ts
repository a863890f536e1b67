import { dirname, join } from "node:path";
import type { ContentStore } from "../content/content-store.ts";
import { isDigest } from "../content/digest.ts";
import { openDirectory, readJsonFile, writeJsonFile } from "../store/atomic-file.ts";
import { KeyedLock } from "../store/keyed-lock.ts";
import type { Digest } from "./resolved.ts";

/** How long what came of a pull that did not end is kept for the next one. */
const keptMs = 24 * 60 * 60 * 1000;
/** At most so much of it beside that of the last pull, the youngest first. */
const keptBytes = 8 * 1024 ** 3;

interface Wanted {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

interface Entry {
  /** When a pull last asked for it, RFC 3339. */
  readonly since: string;
  readonly sizeBytes: number;
}

/**
 * The layers that pulls have begun to fetch: `images/unfinished.json`. What came of them outlives a pull that broke off, and
 * the engine, for a day and up to 8 GiB beside that of the last pull, so that the next pull goes on where that one stopped. A prune ends it at once.
 */
export class Unfinished {
  readonly #path: string;
  readonly #content: ContentStore;
  readonly #lock = new KeyedLock();
  /** In the order of age. */
  readonly #wanted = new Map<Digest, Entry>();

  private constructor(path: string, content: ContentStore) {
    this.#path = path;
    this.#content = content;
  }

  /** Whatever is too old is forgotten, and what came of it removed. */
  static async open(root: string, content: ContentStore): Promise<Unfinished> {
    const unfinished = new Unfinished(join(root, "images", "unfinished.json"), content);
    await openDirectory(dirname(unfinished.#path));
    // A file that a power cut left damaged is worth no more than starting anew.
    const document = await readJsonFile(unfinished.#path).catch(() => undefined);
    for (const [digest, entry] of entriesOf(document)) unfinished.#wanted.set(digest, entry);
    unfinished.#dropOld();
    await unfinished.#removeUnwanted();
    return unfinished;
  }

  /** Whose bytes are kept. */
  digests(): readonly Digest[] {
    return [...this.#wanted.keys()];
  }

  /** A pull is about to fetch these. */
  async begin(blobs: readonly Wanted[]): Promise<void> {
    await this.#change(() => {
      const since = new Date().toISOString();
      for (const { digest, sizeBytes } of blobs) {
        this.#wanted.delete(digest); // to the end
        this.#wanted.set(digest, { since, sizeBytes });
      }
      this.#dropOld();
    });
  }

  /** They are here, or not worth another try: nothing of them is kept for its own sake. */
  async end(digests: readonly Digest[]): Promise<void> {
    await this.#change(() => {
      for (const digest of digests) this.#wanted.delete(digest);
    });
  }

  /** Ends all of it; gives what the partial blobs took on the disk. Blobs that came whole are then collected as unused. */
  async clear(): Promise<number> {
    const partials = await this.#content.partials();
    await this.#change(() => this.#wanted.clear());
    return partials.reduce((sum, { diskBytes }) => sum + diskBytes, 0);
  }

  async #change(apply: () => void): Promise<void> {
    await this.#lock.run("document", async () => {
      const before = this.#wanted.size;
      apply();
      if (before === 0 && this.#wanted.size === 0) return;
      // First, for a full disk: the document needs some of the room.
      await this.#removeUnwanted();
      await writeJsonFile(this.#path, Object.fromEntries(this.#wanted));
    });
  }

  #dropOld(): void {
    const oldest = Date.now() - keptMs;
    const last = [...this.#wanted.values()].at(-1)?.since;
    let sizeBytes = 0;
    for (const [digest, { since, ...entry }] of [...this.#wanted].reverse()) {
      sizeBytes += since === last ? 0 : entry.sizeBytes;
      if (Date.parse(since) < oldest || sizeBytes > keptBytes) this.#wanted.delete(digest);
    }
  }

  async #removeUnwanted(): Promise<void> {
    for (const { digest } of await this.#content.partials()) {
      if (!this.#wanted.has(digest)) await this.#content.removePartial(digest);
    }
  }
}

function entriesOf(document: unknown): readonly (readonly [Digest, Entry])[] {
  if (typeof document !== "object" || document === null) return [];
  return Object.entries(document).flatMap(([digest, value]) => {
    const { since, sizeBytes } = (value ?? {}) as Partial<Entry>;
    const isRead = typeof since === "string" && !Number.isNaN(Date.parse(since));
    return isDigest(digest) && isRead && typeof sizeBytes === "number"
      ? [[digest, { since, sizeBytes }]]
      : [];
  });
}
