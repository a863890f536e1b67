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

/** Of the names of files in `ingest/` that a later ingest of the same blob goes on with. */
const partPattern = /^([0-9a-f]{64})\.part$/;

/** A blob that did not come whole; a pull goes on with it. */
export interface PartialBlob {
  readonly digest: Digest;
  /** What it takes on the disk. */
  readonly diskBytes: number;
}

/**
 * Immutable blobs by digest, below `root`: `blobs/sha256/HEX`, and `ingest/` for what is on its way in (`HEX.part`: what
 * came of a blob whose transfer can go on).
 */
export class ContentStore {
  readonly root: string;
  readonly #arriving = new Map<Digest, Ingest>();

  private constructor(root: string) {
    this.root = root;
  }

  /**
   * Makes the directories and removes what interrupted ingests left, but for those that can go on. Only one process may
   * have a store open.
   */
  static async open(root: string): Promise<ContentStore> {
    await mkdir(join(root, "blobs", "sha256"), { recursive: true, mode: 0o700 });
    const ingests = join(root, "ingest");
    await mkdir(ingests, { recursive: true, mode: 0o700 });
    for (const name of await readdir(ingests)) {
      if (!partPattern.test(name)) await rm(join(ingests, name), { recursive: true, force: true });
    }
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
    return await bytesOnDisk(this.#path(digest));
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

  /**
   * The blob's bytes, of one that is arriving (`resume`) as they come; ends only when the blob is here, verified.
   * `sizeBytes` is what it will have. Throws `not-found` when it is neither here nor arriving.
   */
  async readArriving(
    digest: Digest,
    signal: AbortSignal,
  ): Promise<{ readonly bytes: AsyncIterable<Buffer>; readonly sizeBytes: number }> {
    const ingest = this.#arriving.get(digest);
    if (ingest !== undefined) {
      return { bytes: ingest.follow(signal), sizeBytes: ingest.expectedBytes ?? 0 };
    }
    const sizeBytes = await this.sizeBytes(digest);
    if (sizeBytes === undefined)
      throw new EngineError("not-found", `blob ${digest} is not in the content store`);
    return { bytes: this.read(digest), sizeBytes };
  }

  /** Opens a way in for one blob; the caller disposes of it. */
  begin(expected: Expected): Promise<Ingest> {
    const temporaryPath = join(this.root, "ingest", randomUUID());
    return Ingest.begin({ temporaryPath, finalPath: (digest) => this.#path(digest) }, expected);
  }

  /** A way in that goes on where an earlier one ended, also one of an earlier process. One at a time for each blob. */
  async resume(expected: { readonly digest: Digest; readonly sizeBytes: number }): Promise<Ingest> {
    const { digest } = expected;
    const place = {
      temporaryPath: this.#partPath(digest),
      finalPath: (each: Digest) => this.#path(each),
      onEnd: () => void this.#arriving.delete(digest),
    };
    const ingest = await Ingest.resume(place, expected);
    this.#arriving.set(digest, ingest);
    return ingest;
  }

  /** What came of blobs whose transfer ended early. */
  async partials(): Promise<readonly PartialBlob[]> {
    const names = await readdir(join(this.root, "ingest"));
    const digests = names.map((name) => `sha256:${partPattern.exec(name)?.[1] ?? ""}`).filter(isDigest);
    const ended = digests.filter((digest) => !this.#arriving.has(digest));
    return await Promise.all(
      ended.map(async (digest) => ({ digest, diskBytes: await bytesOnDisk(this.#partPath(digest)) })),
    );
  }

  /** Does nothing while the blob is arriving. */
  async removePartial(digest: Digest): Promise<void> {
    if (!this.#arriving.has(digest)) await rm(this.#partPath(digest)).catch(ignoreMissing);
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

  #partPath(digest: Digest): string {
    if (!isDigest(digest))
      throw new EngineError("invalid-argument", `not a digest: ${JSON.stringify(digest)}`);
    return join(this.root, "ingest", `${hexOf(digest)}.part`);
  }
}

async function bytesOnDisk(path: string): Promise<number> {
  try {
    return (await stat(path)).blocks * 512;
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
}
