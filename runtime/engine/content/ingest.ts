import { createHash, type Hash } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { EngineError } from "../error.ts";
import type { Digest } from "../image/resolved.ts";
import { syncDirectory } from "../store/atomic-file.ts";

/** What is known of a blob before its bytes are. `sizeBytes` is exact, `limitBytes` an upper bound. */
export interface Expected {
  readonly digest?: Digest;
  readonly sizeBytes?: number;
  readonly limitBytes?: number;
}

export interface Stored {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/**
 * A blob on its way into the store: bytes are appended, hashed and counted, and committed when they are what was
 * expected. Disposing of it without a commit leaves nothing. One writer at a time.
 */
export class Ingest implements AsyncDisposable {
  readonly #file: FileHandle;
  readonly #temporaryPath: string;
  readonly #finalPath: (digest: Digest) => string;
  readonly #expected: Expected;
  #hash: Hash = createHash("sha256");
  #offsetBytes = 0;
  #open = true;

  private constructor(
    file: FileHandle,
    temporaryPath: string,
    finalPath: (digest: Digest) => string,
    expected: Expected,
  ) {
    this.#file = file;
    this.#temporaryPath = temporaryPath;
    this.#finalPath = finalPath;
    this.#expected = expected;
  }

  static async begin(
    temporaryPath: string,
    finalPath: (digest: Digest) => string,
    expected: Expected,
  ): Promise<Ingest> {
    const file = await open(temporaryPath, "wx", 0o600).catch((error: unknown) => {
      throw storageError(expected.digest, error);
    });
    return new Ingest(file, temporaryPath, finalPath, expected);
  }

  /** Bytes held so far; where a broken transfer goes on. */
  get offsetBytes(): number {
    return this.#offsetBytes;
  }

  /** The digest of what is held so far. */
  get digestSoFar(): Digest {
    return `sha256:${this.#hash.copy().digest("hex")}`;
  }

  /** Adds bytes at the end. Throws `internal` with a clear message when the disk is full or there are too many bytes. */
  async append(chunk: Uint8Array): Promise<void> {
    const bound = this.#expected.sizeBytes ?? this.#expected.limitBytes;
    if (bound !== undefined && this.#offsetBytes + chunk.length > bound) {
      throw new EngineError(
        "internal",
        `${nameOf(this.#expected.digest)} is larger than the ${bound} bytes announced`,
      );
    }
    let written = 0;
    while (written < chunk.length) {
      const { bytesWritten } = await this.#file
        .write(chunk, written, chunk.length - written, this.#offsetBytes + written)
        .catch((error: unknown) => {
          throw storageError(this.#expected.digest, error);
        });
      written += bytesWritten;
    }
    this.#hash.update(chunk);
    this.#offsetBytes += chunk.length;
  }

  async appendAll(source: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
    for await (const chunk of source) {
      signal.throwIfAborted();
      await this.append(chunk);
    }
  }

  /** Forgets what is held: the source cannot go on from the middle. */
  async restart(): Promise<void> {
    await this.#file.truncate(0);
    this.#hash = createHash("sha256");
    this.#offsetBytes = 0;
  }

  /** Verifies digest and size, makes the bytes durable and gives them their name. */
  async commit(): Promise<Stored> {
    const digest: Digest = `sha256:${this.#hash.digest("hex")}`;
    const { digest: wanted, sizeBytes } = this.#expected;
    if (sizeBytes !== undefined && this.#offsetBytes !== sizeBytes) {
      throw new EngineError(
        "internal",
        `${nameOf(wanted)} has ${this.#offsetBytes} bytes where ${sizeBytes} were announced`,
      );
    }
    if (wanted !== undefined && digest !== wanted) {
      throw new EngineError("internal", `digest mismatch: expected ${wanted}, the content has ${digest}`);
    }
    const path = this.#finalPath(digest);
    try {
      await this.#file.sync();
      await this.#file.close();
      this.#open = false;
      await rename(this.#temporaryPath, path);
      await syncDirectory(dirname(path));
    } catch (error) {
      throw storageError(wanted, error);
    }
    return { digest, sizeBytes: this.#offsetBytes };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#open) await this.#file.close();
    this.#open = false;
    await rm(this.#temporaryPath, { force: true });
  }
}

/** Gives a full disk its plain name; everything else passes through. */
export function storageError(digest: Digest | undefined, error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code !== "ENOSPC" && code !== "EDQUOT") return error;
  return new EngineError("internal", `cannot store ${nameOf(digest)}: no space left on device`, {
    cause: error,
  });
}

function nameOf(digest: Digest | undefined): string {
  return digest === undefined ? "the content" : `blob ${digest}`;
}
