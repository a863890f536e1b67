import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { EngineError } from "../error.ts";
import type { Digest } from "../image/resolved.ts";
import { ignoreMissing, isMissing } from "../store/atomic-file.ts";
import { hexOf, isDigest } from "./digest.ts";
import { type Expected, Ingest, type Stored } from "./ingest.ts";

/** Largest manifest, index or config read into memory. */
const documentLimitBytes = 4 * 1024 * 1024;

/** Immutable blobs by digest, below `root`: `blobs/sha256/HEX`, and `ingest/` for what is on its way in. */
export class ContentStore {
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  /** Makes the directories and removes what interrupted ingests left. Only one process may have a store open. */
  static async open(root: string): Promise<ContentStore> {
    await mkdir(join(root, "blobs", "sha256"), { recursive: true, mode: 0o700 });
    await rm(join(root, "ingest"), { recursive: true, force: true });
    await mkdir(join(root, "ingest"), { mode: 0o700 });
    return new ContentStore(root);
  }

  async has(digest: Digest): Promise<boolean> {
    return (await this.sizeBytes(digest)) !== undefined;
  }

  /** Undefined when the blob is not here. */
  async sizeBytes(digest: Digest): Promise<number | undefined> {
    try {
      return (await stat(this.#path(digest))).size;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** What the blob takes on the disk; 0 when it is not here. */
  async diskBytes(digest: Digest): Promise<number> {
    try {
      return (await stat(this.#path(digest))).blocks * 512;
    } catch (error) {
      if (isMissing(error)) return 0;
      throw error;
    }
  }

  /** The blob's bytes (or those from `start` to `end`, both included), not verified again. Errors come from the stream. */
  read(digest: Digest, range: { readonly start?: number; readonly end?: number } = {}): Readable {
    return createReadStream(this.#path(digest), { highWaterMark: 256 * 1024, ...range });
  }

  /** A manifest, index or config, parsed. Throws `not-found` when it is not here. */
  async readJson(digest: Digest): Promise<unknown> {
    const sizeBytes = await this.sizeBytes(digest);
    if (sizeBytes === undefined)
      throw new EngineError("not-found", `blob ${digest} is not in the content store`);
    if (sizeBytes > documentLimitBytes) {
      throw new EngineError(
        "internal",
        `blob ${digest} is too large for a JSON document: ${sizeBytes} bytes`,
      );
    }
    return JSON.parse(await readFile(this.#path(digest), "utf8"));
  }

  /** Opens a way in for one blob; the caller disposes of it. */
  begin(expected: Expected): Promise<Ingest> {
    return Ingest.begin(join(this.root, "ingest", randomUUID()), (digest) => this.#path(digest), expected);
  }

  /** Stores `source` whole. Throws, leaving nothing, when it is not what was expected. */
  async ingest(source: AsyncIterable<Uint8Array>, expected: Expected, signal: AbortSignal): Promise<Stored> {
    await using ingest = await this.begin(expected);
    await ingest.appendAll(source, signal);
    return await ingest.commit();
  }

  /** Stores `bytes`; does nothing more when they are here already. */
  async put(bytes: Uint8Array, expected: Expected = {}): Promise<Stored> {
    await using ingest = await this.begin(expected);
    await ingest.append(bytes);
    return await ingest.commit();
  }

  /** Does nothing when the blob is not here. */
  async remove(digest: Digest): Promise<void> {
    await rm(this.#path(digest)).catch(ignoreMissing);
  }

  async list(): Promise<readonly Digest[]> {
    const names = await readdir(join(this.root, "blobs", "sha256"));
    return names.map((name) => `sha256:${name}`).filter(isDigest);
  }

  #path(digest: Digest): string {
    // The type is only a promise; a digest that is not one must never become a path.
    if (!isDigest(digest))
      throw new EngineError("invalid-argument", `not a digest: ${JSON.stringify(digest)}`);
    return join(this.root, "blobs", "sha256", hexOf(digest));
  }
}
