import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { RegistryAuth } from "../../api/types/image.ts";
import type { Ingest, Stored } from "../content/ingest.ts";
import { EngineError } from "../error.ts";
import type { Digest } from "../image/resolved.ts";
import { type Challenge, parseChallenge } from "./challenge.ts";
import type { Endpoint } from "./endpoint.ts";
import { type Descriptor, type ImageIndex, type ImageManifest, parseManifest } from "./manifest.ts";
import { indexTypes, manifestTypes } from "./media-types.ts";
import { RegistryAnswer } from "./registry-answer.ts";
import { type Response, readLimited, request, stalling } from "./transport.ts";

const documentLimitBytes = 4 * 1024 * 1024;
const transferAttempts = 5;
const maxRedirects = 5;

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
  readonly #auth: RegistryAuth | undefined;
  readonly #stallMs: number;
  #authorization: string | undefined;

  constructor(endpoint: Endpoint, path: string, auth: RegistryAuth | undefined, stallMs: number) {
    this.endpoint = endpoint;
    this.#path = path;
    this.#auth = endpoint.takesCredentials ? auth : undefined;
    this.#stallMs = stallMs;
  }

  /**
   * A manifest or index by tag or digest, at most 4 MiB. Throws `RegistryAnswer` when the server refuses, `unavailable`
   * when it cannot be reached.
   */
  async fetchManifest(tagOrDigest: string, signal: AbortSignal): Promise<FetchedManifest> {
    const url = `${this.endpoint.url}/v2/${this.#path}/manifests/${tagOrDigest}`;
    const accept = [...manifestTypes, ...indexTypes].join(", ");
    const response = await this.#get(url, { accept }, signal);
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

  /**
   * Fetches a blob into `ingest` and commits it. A transfer that breaks or stalls goes on where it stopped, at most five
   * times. `onBytes` is told how many bytes are here.
   */
  async fetchBlob(
    blob: Descriptor,
    ingest: Ingest,
    onBytes: (haveBytes: number) => void,
    signal: AbortSignal,
  ): Promise<Stored> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#transfer(blob, ingest, onBytes, signal);
        return await ingest.commit();
      } catch (error) {
        signal.throwIfAborted();
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
    const response = await this.#get(url, from > 0 ? { range: `bytes=${from}-` } : {}, signal);
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

  /** GET with authorization as the server asks for it, following redirects; only success statuses come back. */
  async #get(url: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Response> {
    let response = await this.#follow(url, headers, signal);
    if (response.status === 401) {
      const challenge = parseChallenge(response.header("www-authenticate"));
      response.discard();
      if (challenge === undefined) throw new RegistryAnswer(401, "UNAUTHORIZED", "authentication required");
      this.#authorization = await this.#answer(challenge, signal);
      response = await this.#follow(url, headers, signal);
    }
    if (isSuccess(response)) return response;
    throw await refusal(response, this.#stallMs, signal);
  }

  async #follow(
    first: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Response> {
    const origin = new URL(first).origin;
    let url = first;
    for (let redirects = 0; redirects <= maxRedirects; redirects++) {
      // Credentials never follow to another host (CVE-2020-15157).
      const own = new URL(url).origin === origin && this.#authorization !== undefined;
      const sent = own ? { ...headers, authorization: this.#authorization ?? "" } : headers;
      const response = await request(url, sent, this.#stallMs, signal);
      const location = response.header("location");
      if (![301, 302, 303, 307, 308].includes(response.status) || location === undefined) return response;
      response.discard();
      const next = URL.parse(location, url);
      const isSafe = next?.protocol === "https:" || (next?.protocol === "http:" && url.startsWith("http:"));
      if (next === null || !isSafe) {
        throw new EngineError(
          "unavailable",
          `the server redirects to ${JSON.stringify(location.slice(0, 200))}, which is not safe`,
        );
      }
      url = next.href;
    }
    throw new EngineError("unavailable", `the server redirects more than ${maxRedirects} times`);
  }

  async #answer(challenge: Challenge, signal: AbortSignal): Promise<string> {
    const { username, password, identitytoken } = this.#auth ?? {};
    const basic =
      username === undefined || password === undefined
        ? undefined
        : `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
    if (challenge.scheme === "basic") {
      if (basic === undefined) throw new RegistryAnswer(401, "UNAUTHORIZED", "no basic auth credentials");
      return basic;
    }
    const realm = URL.parse(challenge.realm);
    const isSafe =
      realm?.protocol === "https:" || (realm?.protocol === "http:" && this.endpoint.url.startsWith("http:"));
    if (realm === null || !isSafe) {
      throw new EngineError(
        "unavailable",
        `the server's token address ${JSON.stringify(challenge.realm)} is not safe`,
      );
    }
    const scope = challenge.scope ?? `repository:${this.#path}:pull`;
    const fields: Record<string, string> = { scope, client_id: "berth" };
    if (challenge.service !== undefined) fields.service = challenge.service;
    const response =
      identitytoken !== undefined && identitytoken !== ""
        ? await request(realm.href, {}, this.#stallMs, signal, {
            grant_type: "refresh_token",
            refresh_token: identitytoken,
            ...fields,
          })
        : await request(
            withQuery(realm, fields),
            basic === undefined ? {} : { authorization: basic },
            this.#stallMs,
            signal,
          );
    if (!isSuccess(response)) throw await refusal(response, this.#stallMs, signal);
    const bytes = await readLimited(response, documentLimitBytes, this.#stallMs, signal);
    return `Bearer ${tokenOf(bytes)}`;
  }
}

function isSuccess({ status }: Response): boolean {
  return status >= 200 && status < 300;
}

function withQuery(realm: URL, fields: Readonly<Record<string, string>>): string {
  const url = new URL(realm);
  for (const [key, value] of Object.entries(fields)) url.searchParams.append(key, value);
  return url.href;
}

function tokenOf(bytes: Buffer): string {
  try {
    const answer: unknown = JSON.parse(bytes.toString("utf8"));
    if (typeof answer === "object" && answer !== null) {
      const { token, access_token } = answer as { token?: unknown; access_token?: unknown };
      if (typeof token === "string" && token !== "") return token;
      if (typeof access_token === "string" && access_token !== "") return access_token;
    }
  } catch {
    // Said below.
  }
  throw new EngineError("unavailable", "the token server's answer holds no token");
}

async function refusal(response: Response, stallMs: number, signal: AbortSignal): Promise<EngineError> {
  const bytes = await readLimited(response, 64 * 1024, stallMs, signal).catch(() => Buffer.alloc(0));
  if (response.status >= 500 || response.status === 429) {
    const what = response.status === 429 ? ": toomanyrequests: too many requests" : "";
    return new EngineError("unavailable", `the server answered with status ${response.status}${what}`);
  }
  return RegistryAnswer.parse(response.status, bytes.toString("utf8"));
}
