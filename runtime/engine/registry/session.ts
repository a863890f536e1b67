import type { RegistryAuth } from "../../api/types/image.ts";
import { EngineError } from "../error.ts";
import { type Challenge, parseChallenge } from "./challenge.ts";
import type { Endpoint } from "./endpoint.ts";
import { RegistryAnswer } from "./registry-answer.ts";
import { formOf, type Response, readLimited, request, type Sending } from "./transport.ts";

const tokenLimitBytes = 1024 * 1024;
const maxRedirects = 5;

/** A body is sent once: one that comes as a stream cannot be sent again after a challenge. */
export type SessionRequest = Omit<Sending, "verifyTls"> & {
  readonly headers?: Readonly<Record<string, string>>;
};

/** Talks to one server with one user's credentials, which are proven as the server asks for it and then kept. */
export class Session {
  readonly #endpoint: Endpoint;
  /** Asked for when the server names no scope; none at a login. */
  readonly #scope: string | undefined;
  readonly #auth: RegistryAuth | undefined;
  readonly #stallMs: number;
  #authorization: string | undefined;

  constructor(
    endpoint: Endpoint,
    scope: string | undefined,
    auth: RegistryAuth | undefined,
    stallMs: number,
  ) {
    this.#endpoint = endpoint;
    this.#scope = scope;
    this.#auth = endpoint.takesCredentials ? auth : undefined;
    this.#stallMs = stallMs;
  }

  /** GET, following redirects; only success statuses come back. Throws `RegistryAnswer`, `unavailable`. */
  async get(url: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Response> {
    const response = await this.send(url, { headers }, signal);
    if (isSuccess(response)) return response;
    throw await this.refusal(response, signal);
  }

  /** One exchange, after a challenge a second one; any status but 401 comes back. Only GET and HEAD follow redirects. */
  async send(url: string, sending: SessionRequest, signal: AbortSignal): Promise<Response> {
    const response = await this.#follow(url, sending, signal);
    if (response.status !== 401) return response;
    const challenge = parseChallenge(response.header("www-authenticate"));
    response.discard();
    if (challenge === undefined) throw new RegistryAnswer(401, "UNAUTHORIZED", "authentication required");
    this.#authorization = await this.#answer(challenge, signal);
    const { body } = sending;
    if (body !== undefined && typeof body !== "string" && !(body instanceof Uint8Array)) {
      throw new EngineError("unavailable", "the server asked for authentication in the middle of a transfer");
    }
    const second = await this.#follow(url, sending, signal);
    if (second.status === 401) throw await this.refusal(second, signal);
    return second;
  }

  /** The error behind an answer that is no success. */
  async refusal(response: Response, signal: AbortSignal): Promise<EngineError> {
    const bytes = await readLimited(response, 64 * 1024, this.#stallMs, signal).catch(() => Buffer.alloc(0));
    if (response.status >= 500 || response.status === 429) {
      const what = response.status === 429 ? ": toomanyrequests: too many requests" : "";
      return new EngineError("unavailable", `the server answered with status ${response.status}${what}`);
    }
    return RegistryAnswer.parse(response.status, bytes.toString("utf8"));
  }

  async #follow(
    first: string,
    { headers = {}, ...sending }: SessionRequest,
    signal: AbortSignal,
  ): Promise<Response> {
    const origin = new URL(this.#endpoint.url).origin;
    const { verifyTls } = this.#endpoint;
    let url = first;
    for (let redirects = 0; redirects <= maxRedirects; redirects++) {
      // Credentials never follow to another host (CVE-2020-15157).
      const own = new URL(url).origin === origin && this.#authorization !== undefined;
      const sent = own ? { ...headers, authorization: this.#authorization ?? "" } : headers;
      const response = await request(url, sent, this.#stallMs, signal, { ...sending, verifyTls });
      const location = response.header("location");
      const isReading = sending.method === undefined || sending.method === "GET" || sending.method === "HEAD";
      if (!isReading || ![301, 302, 303, 307, 308].includes(response.status) || location === undefined) {
        return response;
      }
      response.discard();
      url = safeAddress(location, url).href;
    }
    throw new EngineError("internal", `the server redirects more than ${maxRedirects} times`);
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
      realm?.protocol === "https:" || (realm?.protocol === "http:" && this.#endpoint.url.startsWith("http:"));
    if (realm === null || !isSafe) {
      throw new EngineError(
        "unavailable",
        `the server's token address ${JSON.stringify(challenge.realm)} is not safe`,
      );
    }
    const scope = challenge.scope ?? this.#scope;
    const fields: Record<string, string> = { client_id: "berth" };
    if (challenge.service !== undefined) fields.service = challenge.service;
    const hasToken = identitytoken !== undefined && identitytoken !== "";
    const grant = { grant_type: "refresh_token", refresh_token: identitytoken ?? "" };
    const { verifyTls } = this.#endpoint;
    const response = hasToken
      ? await request(
          realm.href,
          { "content-type": "application/x-www-form-urlencoded" },
          this.#stallMs,
          signal,
          { ...formOf({ ...grant, ...fields, ...(scope === undefined ? {} : { scope }) }), verifyTls },
        )
      : await request(
          withQuery(realm, fields, scope?.split(" ") ?? []),
          basic === undefined ? {} : { authorization: basic },
          this.#stallMs,
          signal,
          { verifyTls },
        );
    if (!isSuccess(response)) throw await this.refusal(response, signal);
    return `Bearer ${tokenOf(await readLimited(response, tokenLimitBytes, this.#stallMs, signal))}`;
  }
}

export function isSuccess({ status }: Response): boolean {
  return status >= 200 && status < 300;
}

/** Where a server sends its client on to. Throws when that leaves TLS or is no address: another try would not help. */
export function safeAddress(location: string, from: string): URL {
  const next = URL.parse(location, from);
  const isSafe = next?.protocol === "https:" || (next?.protocol === "http:" && from.startsWith("http:"));
  if (next !== null && isSafe) return next;
  throw new EngineError(
    "internal",
    `the server redirects to ${JSON.stringify(location.slice(0, 200))}, which is not safe`,
  );
}

function withQuery(realm: URL, fields: Readonly<Record<string, string>>, scopes: readonly string[]): string {
  const url = new URL(realm);
  for (const [key, value] of Object.entries(fields)) url.searchParams.append(key, value);
  for (const scope of scopes) url.searchParams.append("scope", scope);
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
