import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { RegistryAuth } from "../../api/types/image.ts";
import type { Ingest, Stored } from "../content/ingest.ts";
import { EngineError } from "../error.ts";
import type { Digest } from "../image/resolved.ts";
import type { Endpoint } from "./endpoint.ts";
import { type Descriptor, type ImageIndex, type ImageManifest, parseManifest } from "./manifest.ts";
import { indexTypes, manifestTypes } from "./media-types.ts";
import { Session } from "./session.ts";
import { readLimited, stalling } from "./transport.ts";

const documentLimitBytes = 4 * 1024 * 1024;
const transferAttempts = 5;
const maxTags = 10_000;

export interface FetchedManifest {
  readonly digest: Digest;
  readonly bytes: Buffer;
  readonly mediaType: string;
  readonly manifest: ImageManifest | ImageIndex;
}

/** One repository on one server, for the length of a pull: credentials are proven once. */
export class Repository {
  readonly endpoint: Endpoint;
  readonly #path: string;
  readonly #stallMs: number;
  readonly #session: Session;

  constructor(endpoint: Endpoint, path: string, auth: RegistryAuth | undefined, stallMs: number) {
    this.endpoint = endpoint;
    this.#path = path;
    this.#stallMs = stallMs;
    this.#session = new Session(endpoint, `repository:${path}:pull`, auth, stallMs);
  }

  /**
   * A manifest or index by tag or digest, at most 4 MiB. Throws `RegistryAnswer` when the server refuses, `unavailable`
   * when it cannot be reached.
   */
  async fetchManifest(tagOrDigest: string, signal: AbortSignal): Promise<FetchedManifest> {
    const url = `${this.endpoint.url}/v2/${this.#path}/manifests/${tagOrDigest}`;
    const accept = [...manifestTypes, ...indexTypes].join(", ");
    const response = await this.#session.get(url, { accept }, signal);
    const bytes = await readLimited(response, documentLimitBytes, this.#stallMs, signal);
    const digest: Digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    const wanted = tagOrDigest.startsWith("sha256:") ? tagOrDigest : response.header("docker-content-digest");
    if (wanted?.startsWith("sha256:") && wanted !== digest) {
      throw new EngineError(
        "internal",
        `digest mismatch: expected manifest ${wanted}, the content has ${digest}`,
      );
    }
    const contentType = (response.header("content-type") ?? "").split(";")[0]?.trim() ?? "";
    const manifest = parseManifest(bytes, contentType);
    return { digest, bytes, mediaType: contentType, manifest };
  }

  /** A small blob, whole and verified, at most 4 MiB. Throws as `fetchManifest`. */
  async fetchDocument(blob: Descriptor, signal: AbortSignal): Promise<Buffer> {
    const url = `${this.endpoint.url}/v2/${this.#path}/blobs/${blob.digest}`;
    const response = await this.#session.get(url, {}, signal);
    const bytes = await readLimited(response, documentLimitBytes, this.#stallMs, signal);
    const digest: Digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    if (digest === blob.digest) return bytes;
    throw new EngineError("internal", `digest mismatch: expected ${blob.digest}, the content has ${digest}`);
  }

  /** The tags of the repository, at most 10,000. Throws `RegistryAnswer`, `unavailable`. */
  async fetchTags(signal: AbortSignal): Promise<readonly string[]> {
    const tags: string[] = [];
    let url: string | undefined = `${this.endpoint.url}/v2/${this.#path}/tags/list`;
    while (url !== undefined && tags.length < maxTags) {
      const response = await this.#session.get(url, {}, signal);
      const bytes = await readLimited(response, documentLimitBytes, this.#stallMs, signal);
      tags.push(...tagsOf(bytes));
      const next = /<([^>]+)>\s*;\s*rel="?next"?/.exec(response.header("link") ?? "")?.[1];
      const following: URL | null = next === undefined ? null : URL.parse(next, url);
      // A page elsewhere would take the credentials along.
      url = following !== null && following.origin === new URL(url).origin ? following.href : undefined;
    }
    return tags;
  }

  /**
   * Fetches what `ingest` lacks of a blob and commits it. A transfer that breaks or stalls goes on where it stopped, at
   * most five times; bytes of an earlier ingest that turn out to be damaged are fetched anew. `onBytes` is told how many
   * bytes are here.
   */
  async fetchBlob(
    blob: Descriptor,
    ingest: Ingest,
    onBytes: (haveBytes: number) => void,
    signal: AbortSignal,
  ): Promise<Stored> {
    for (let attempt = 1, mayStartAnew = ingest.isPieced; ; attempt++) {
      try {
        await this.#transfer(blob, ingest, onBytes, signal);
        return await ingest.commit();
      } catch (error) {
        signal.throwIfAborted();
        if (ingest.isWrong && mayStartAnew) {
          mayStartAnew = false;
          await ingest.restart();
          continue;
        }
        // Only a broken connection is worth another try; a refusal, a full disk or wrong bytes stay what they are.
        const isBroken = error instanceof EngineError && error.kind === "unavailable";
        if (!isBroken || attempt === transferAttempts) throw error;
        await delay(200 * 2 ** attempt, undefined, { signal });
      }
    }
  }

  async #transfer(
    blob: Descriptor,
    ingest: Ingest,
    onBytes: (haveBytes: number) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const from = ingest.offsetBytes;
    if (from === blob.sizeBytes && from > 0) return;
    const url = `${this.endpoint.url}/v2/${this.#path}/blobs/${blob.digest}`;
    const response = await this.#session.get(url, from > 0 ? { range: `bytes=${from}-` } : {}, signal);
    const goesOn = response.status === 206 && response.header("content-range")?.startsWith(`bytes ${from}-`);
    if (from > 0 && !goesOn) await ingest.restart();
    for await (const chunk of stalling(response, this.#stallMs, signal)) {
      await ingest.append(chunk);
      onBytes(ingest.offsetBytes);
    }
    if (ingest.offsetBytes < blob.sizeBytes) {
      throw new EngineError(
        "unavailable",
        `the connection closed after ${ingest.offsetBytes} of ${blob.sizeBytes} bytes`,
      );
    }
  }
}

function tagsOf(bytes: Buffer): readonly string[] {
  try {
    const { tags } = JSON.parse(bytes.toString("utf8")) as { tags?: unknown };
    // A repository whose tags are all gone says null.
    if (tags === null || tags === undefined) return [];
    if (Array.isArray(tags) && tags.every((tag) => typeof tag === "string")) return tags;
  } catch {
    // Said below.
  }
  throw new EngineError("unavailable", "the server's list of tags is malformed");
}
