import { createHash, type Hash } from "node:crypto";
import { constants, type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { EngineError } from "../error.ts";
import type { Digest } from "../image/resolved.ts";
import { isMissing, syncDirectory } from "../store/atomic-file.ts";

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

/** Where an ingest lies and how it ends. */
export interface IngestPlace {
  readonly temporaryPath: string;
  readonly finalPath: (digest: Digest) => string;
  /** Called once, when no more bytes will come. */
  readonly onEnd?: () => void;
}

const followedBytes = 256 * 1024;

/**
 * A blob on its way into the store: bytes are appended, hashed and counted, and committed when they are what was
 * expected. Disposing of it without a commit leaves nothing, unless it was opened by `resume`. One writer at a time;
 * any number may `follow`.
 */
export class Ingest implements AsyncDisposable {
  readonly #file: FileHandle;
  readonly #place: IngestPlace;
  readonly #expected: Expected;
  readonly #isKept: boolean;
  #hash: Hash = createHash("sha256");
  #offsetBytes = 0;
  #state: "open" | "committed" | "given up" = "open";
  #isWrong = false;
  #isFull = false;
  #isPieced = false;
  #grown = Promise.withResolvers<void>();

  private constructor(file: FileHandle, place: IngestPlace, expected: Expected, isKept: boolean) {
    this.#file = file;
    this.#place = place;
    this.#expected = expected;
    this.#isKept = isKept;
  }

  static async begin(place: IngestPlace, expected: Expected): Promise<Ingest> {
    return new Ingest(await openFile(place, constants.O_EXCL, expected), place, expected, false);
  }

  /**
   * Goes on with what an earlier ingest of the same blob left at `temporaryPath`, and leaves it there in turn when it is
   * disposed of without a commit; only bytes that turned out to be wrong, or too many for the disk, go.
   */
  static async resume(
    place: IngestPlace,
    expected: Required<Pick<Expected, "digest" | "sizeBytes">>,
  ): Promise<Ingest> {
    const file = await openFile(place, 0, expected);
    const ingest = new Ingest(file, place, expected, true);
    try {
      await ingest.#takeOver(expected.sizeBytes);
      return ingest;
    } catch (error) {
      await ingest[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Bytes held so far; where a broken transfer goes on. */
  get offsetBytes(): number {
    return this.#offsetBytes;
  }

  /** Undefined when it was not announced. */
  get expectedBytes(): number | undefined {
    return this.#expected.sizeBytes;
  }

  /** Bytes of an earlier ingest, or from before a restart, are or were in it: followers may have read others than are here now. */
  get isPieced(): boolean {
    return this.#isPieced;
  }

  /** The bytes are not those of the blob. */
  get isWrong(): boolean {
    return this.#isWrong;
  }

  /** It ended without a commit; who wrote to it knows why. */
  get isGivenUp(): boolean {
    return this.#state === "given up";
  }

  /** The digest of what is held so far. */
  get digestSoFar(): Digest {
    return `sha256:${this.#hash.copy().digest("hex")}`;
  }

  /** Adds bytes at the end. Throws `internal` with a clear message when the disk is full or there are too many bytes. */
  async append(chunk: Uint8Array): Promise<void> {
    const bound = this.#expected.sizeBytes ?? this.#expected.limitBytes;
    if (bound !== undefined && this.#offsetBytes + chunk.length > bound) {
      this.#isWrong = true;
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
          this.#isFull = true;
          throw storageError(this.#expected.digest, error);
        });
      written += bytesWritten;
    }
    this.#hash.update(chunk);
    this.#offsetBytes += chunk.length;
    this.#wake();
  }

  async appendAll(source: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
    for await (const chunk of source) {
      signal.throwIfAborted();
      await this.append(chunk);
    }
  }

  /** Forgets what is held: the source cannot go on from the middle, or what an earlier ingest left is damaged. */
  async restart(): Promise<void> {
    await this.#file.truncate(0);
    this.#hash = createHash("sha256");
    this.#offsetBytes = 0;
    this.#isWrong = false;
    this.#isPieced = true;
  }

  /** Verifies digest and size, makes the bytes durable and gives them their name. */
  async commit(): Promise<Stored> {
    const digest = this.digestSoFar;
    const { digest: wanted, sizeBytes } = this.#expected;
    if (sizeBytes !== undefined && this.#offsetBytes !== sizeBytes) {
      throw new EngineError(
        "internal",
        `${nameOf(wanted)} has ${this.#offsetBytes} bytes where ${sizeBytes} were announced`,
      );
    }
    if (wanted !== undefined && digest !== wanted) {
      this.#isWrong = true;
      throw new EngineError("internal", `digest mismatch: expected ${wanted}, the content has ${digest}`);
    }
    const path = this.#place.finalPath(digest);
    try {
      await this.#file.sync();
      await rename(this.#place.temporaryPath, path);
      await syncDirectory(dirname(path));
    } catch (error) {
      throw storageError(wanted, error);
    }
    await this.#end("committed");
    return { digest, sizeBytes: this.#offsetBytes };
  }

  /**
   * The bytes from the first on, as they come; ends when they were committed. They come from the file, so a slow reader
   * neither holds the writer up nor memory. Throws `unavailable` when the rest does not come.
   */
  async *follow(signal: AbortSignal): AsyncGenerator<Buffer, void, void> {
    await using file = await this.#openToRead();
    for (let at = 0; ; ) {
      signal.throwIfAborted();
      const grown = this.#grown.promise;
      const state = this.#state;
      // After a restart the same bytes come again: those read already are not waited for twice.
      if (at < this.#offsetBytes) {
        const wanted = Math.min(followedBytes, this.#offsetBytes - at);
        const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(wanted), 0, wanted, at);
        at += bytesRead;
        if (bytesRead > 0) yield buffer.subarray(0, bytesRead);
        continue;
      }
      if (state === "committed") return;
      if (state === "given up") {
        throw incomplete(this.#expected.digest);
      }
      await abortable(grown, signal);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state !== "open") return;
    await this.#end("given up");
    const isWorthKeeping = this.#isKept && !this.#isWrong && !this.#isFull && this.#offsetBytes > 0;
    if (!isWorthKeeping) await rm(this.#place.temporaryPath, { force: true });
  }

  /** A commit may rename the file before a follower gets to open it, and a failure remove it. */
  async #openToRead(): Promise<FileHandle> {
    const paths = [
      this.#place.temporaryPath,
      this.#place.finalPath(this.#expected.digest ?? this.digestSoFar),
    ];
    for (const path of paths) {
      try {
        return await open(path, "r");
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    }
    throw incomplete(this.#expected.digest);
  }

  async #takeOver(limitBytes: number): Promise<void> {
    const { size } = await this.#file.stat();
    if (size > limitBytes) {
      await this.#file.truncate(0);
      return;
    }
    for (let at = 0; at < size; ) {
      const { bytesRead, buffer } = await this.#file.read(
        Buffer.allocUnsafe(followedBytes),
        0,
        followedBytes,
        at,
      );
      if (bytesRead === 0) break;
      this.#hash.update(buffer.subarray(0, bytesRead));
      at += bytesRead;
      this.#offsetBytes = at;
    }
    this.#isPieced = this.#offsetBytes > 0;
  }

  async #end(state: "committed" | "given up"): Promise<void> {
    this.#state = state;
    this.#wake();
    this.#place.onEnd?.();
    await this.#file.close();
  }

  #wake(): void {
    this.#grown.resolve();
    this.#grown = Promise.withResolvers();
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

function openFile(place: IngestPlace, more: number, { digest }: Expected): Promise<FileHandle> {
  return open(place.temporaryPath, constants.O_RDWR | constants.O_CREAT | more, 0o600).catch(
    (error: unknown) => {
      throw storageError(digest, error);
    },
  );
}

function incomplete(digest: Digest | undefined): EngineError {
  return new EngineError("unavailable", `${nameOf(digest)} did not come whole`);
}

async function abortable(wait: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<void>();
  const onAbort = () => aborted.resolve();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await Promise.race([wait, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function nameOf(digest: Digest | undefined): string {
  return digest === undefined ? "the content" : `blob ${digest}`;
}
