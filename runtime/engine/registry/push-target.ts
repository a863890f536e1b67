import { setTimeout as delay } from "node:timers/promises";
import type { Stored } from "../content/ingest.ts";
import { EngineError } from "../error.ts";
import type { Digest } from "../image/resolved.ts";
import type { Endpoint } from "./endpoint.ts";
import { isSuccess, type Session, safeAddress } from "./session.ts";
import { type Response, readLimited } from "./transport.ts";

const transferAttempts = 4;

/** One repository on one server, for the length of a push. Source: distribution-spec v1.1, "Push". */
export class PushTarget {
  readonly endpoint: Endpoint;
  readonly #session: Session;
  readonly #path: string;
  readonly #stallMs: number;

  constructor(endpoint: Endpoint, session: Session, path: string, stallMs: number) {
    this.endpoint = endpoint;
    this.#session = session;
    this.#path = path;
    this.#stallMs = stallMs;
  }

  async hasBlob(digest: Digest, signal: AbortSignal): Promise<boolean> {
    const url = `${this.#base}/blobs/${digest}`;
    const response = await this.#session.send(url, { method: "HEAD" }, signal);
    response.discard();
    if (response.status === 404) return false;
    if (isSuccess(response)) return true;
    throw await this.#session.refusal(response, signal);
  }

  /** Asks for a blob of another repository of the server; false when it must be sent after all. */
  async mountBlob(digest: Digest, from: string, signal: AbortSignal): Promise<boolean> {
    const query = new URLSearchParams({ mount: digest, from });
    const url = `${this.#base}/blobs/uploads/?${query}`;
    try {
      const response = await this.#session.send(url, empty("POST"), signal);
      // With 202 the server opened an upload instead: it is not used, and the server ends it.
      response.discard();
      return response.status === 201;
    } catch (error) {
      signal.throwIfAborted();
      // A user who may not read the other repository can still send the blob.
      if (error instanceof EngineError && error.kind !== "unavailable") return false;
      throw error;
    }
  }

  /**
   * Sends a blob, its digest told at the end. `source` is asked for its bytes anew at each attempt and gives what was
   * sent when they are through.
   */
  async sendBlob(source: () => BlobSource, signal: AbortSignal): Promise<Stored> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#sendOnce(source(), signal);
      } catch (error) {
        signal.throwIfAborted();
        const isBroken = error instanceof EngineError && error.kind === "unavailable";
        if (!isBroken || attempt === transferAttempts) throw error;
        await delay(200 * 2 ** attempt, undefined, { signal });
      }
    }
  }

  async putManifest(
    tagOrDigest: string,
    bytes: Uint8Array,
    mediaType: string,
    signal: AbortSignal,
  ): Promise<void> {
    const headers = { "content-type": mediaType, "content-length": String(bytes.length) };
    const url = `${this.#base}/manifests/${tagOrDigest}`;
    await this.#expect(
      await this.#session.send(url, { method: "PUT", body: bytes, headers }, signal),
      signal,
    );
  }

  async #sendOnce(source: BlobSource, signal: AbortSignal): Promise<Stored> {
    const start = `${this.#base}/blobs/uploads/`;
    const opened = await this.#session.send(start, empty("POST"), signal);
    const first = await this.#location(opened, start, signal);
    const headers: Record<string, string> = { "content-type": "application/octet-stream" };
    if (source.sizeBytes !== undefined) headers["content-length"] = String(source.sizeBytes);
    const patched = await this.#session.send(
      first.href,
      { method: "PATCH", body: source.chunks, headers },
      signal,
    );
    const last = await this.#location(patched, first.href, signal);
    const stored = source.stored();
    last.searchParams.set("digest", stored.digest);
    await this.#expect(await this.#session.send(last.href, empty("PUT"), signal), signal);
    return stored;
  }

  async #location(response: Response, from: string, signal: AbortSignal): Promise<URL> {
    const location = response.header("location");
    await this.#expect(response, signal);
    if (location === undefined)
      throw new EngineError("unavailable", "the server names no place to upload to");
    return safeAddress(location, from);
  }

  async #expect(response: Response, signal: AbortSignal): Promise<void> {
    if (!isSuccess(response)) throw await this.#session.refusal(response, signal);
    // Read, not dropped: the connection can serve the next request.
    await readLimited(response, 64 * 1024, this.#stallMs, signal);
  }

  get #base(): string {
    return `${this.endpoint.url}/v2/${this.#path}`;
  }
}

/** The bytes of a blob on its way out. */
export interface BlobSource {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Undefined when it is only known at the end. */
  readonly sizeBytes: number | undefined;
  /** What the chunks were; asked after the last one. */
  readonly stored: () => Stored;
}

function empty(method: "POST" | "PUT") {
  return { method, headers: { "content-length": "0" } } as const;
}
