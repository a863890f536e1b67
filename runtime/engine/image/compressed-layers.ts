import { join } from "node:path";
import { isDigest } from "../content/digest.ts";
import type { Stored } from "../content/ingest.ts";
import { readJsonFile, writeJsonFile } from "../store/atomic-file.ts";
import { KeyedLock } from "../store/keyed-lock.ts";
import type { Digest } from "./resolved.ts";

const maxEntries = 2000;

/**
 * What layers became when they were compressed for a push: a registry that has the result need not get it again, and
 * nothing is compressed just to learn its digest. `images/compressed.json`; losing it costs time, nothing else.
 */
export class CompressedLayers {
  readonly #path: string;
  readonly #lock = new KeyedLock();
  #entries: Map<Digest, Stored> | undefined;

  constructor(root: string) {
    this.#path = join(root, "images", "compressed.json");
  }

  async get(diffId: Digest): Promise<Stored | undefined> {
    return (await this.#load()).get(diffId);
  }

  async put(diffId: Digest, stored: Stored): Promise<void> {
    await this.#lock.run("document", async () => {
      const entries = await this.#load();
      entries.delete(diffId);
      entries.set(diffId, stored);
      const [oldest] = entries.keys();
      if (entries.size > maxEntries && oldest !== undefined) entries.delete(oldest);
      await writeJsonFile(this.#path, Object.fromEntries(entries));
    });
  }

  async #load(): Promise<Map<Digest, Stored>> {
    this.#entries ??= entriesOf(await readJsonFile(this.#path).catch(() => undefined));
    return this.#entries;
  }
}

function entriesOf(document: unknown): Map<Digest, Stored> {
  const entries = new Map<Digest, Stored>();
  if (typeof document !== "object" || document === null) return entries;
  for (const [diffId, value] of Object.entries(document as Record<string, Partial<Stored> | null>)) {
    const { digest, sizeBytes } = value ?? {};
    if (isDigest(diffId) && isDigest(digest) && typeof sizeBytes === "number") {
      entries.set(diffId, { digest, sizeBytes });
    }
  }
  return entries;
}
