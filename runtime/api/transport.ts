import { request as httpRequest, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { Readable } from "node:stream";
import { ApiError, ConnectionError } from "./api-error.ts";
import type { EngineAddress } from "./engine-client.ts";

/** One request, as the client's methods spell it. */
export interface ApiCall {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "DELETE";
  /** With the version prefix and the query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A JSON value, or a stream of bytes. */
  readonly body?:
    | { readonly json: unknown }
    | { readonly stream: AsyncIterable<Uint8Array>; readonly contentType: string };
}

export interface Upgraded {
  readonly contentType: string;
  /** What is written is stdin. */
  readonly socket: Duplex;
  /** What the server sends after the head of its answer. */
  readonly output: AsyncIterable<Buffer>;
}

const maxErrorBytes = 64 * 1024;

/** Sends a call on a fresh connection; gives the answer if it is a success. Throws `ApiError` or `ConnectionError`. */
export async function send(
  address: EngineAddress,
  call: ApiCall,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const answer = await exchange(address, call, signal);
  if (answer.kind === "upgraded") {
    answer.socket.destroy();
    throw new ConnectionError(`${address.name} switched protocols without being asked`);
  }
  await throwIfFailed(answer.response);
  return answer.response;
}

/** Sends a call that turns the connection into a byte stream. A server that answers 200 instead of 101 will do. */
export async function sendUpgrade(
  address: EngineAddress,
  call: ApiCall,
  signal: AbortSignal,
): Promise<Upgraded> {
  const headers = { ...call.headers, Connection: "Upgrade", Upgrade: "tcp" };
  const answer = await exchange(address, { ...call, headers }, signal);
  if (answer.kind === "upgraded") {
    if (answer.head.length > 0) answer.socket.unshift(answer.head);
    const contentType = answer.response.headers["content-type"] ?? "";
    return { contentType, socket: answer.socket, output: answer.socket as AsyncIterable<Buffer> };
  }
  await throwIfFailed(answer.response);
  const contentType = answer.response.headers["content-type"] ?? "";
  return { contentType, socket: answer.response.socket, output: answer.response as AsyncIterable<Buffer> };
}

/** The whole body as text. */
export async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

type Answer =
  | { readonly kind: "response"; readonly response: IncomingMessage }
  | {
      readonly kind: "upgraded";
      readonly response: IncomingMessage;
      readonly socket: Duplex;
      readonly head: Buffer;
    };

async function exchange(address: EngineAddress, call: ApiCall, signal: AbortSignal): Promise<Answer> {
  signal.throwIfAborted();
  const socket = await connect(address);
  const json = call.body !== undefined && "json" in call.body ? JSON.stringify(call.body.json) : undefined;
  const stream = call.body !== undefined && "stream" in call.body ? call.body : undefined;
  const headers: Record<string, string | number> = { Host: "berth", "User-Agent": "berth", ...call.headers };
  if (json !== undefined) headers["Content-Type"] = "application/json";
  if (stream !== undefined) headers["Content-Type"] = stream.contentType;
  if (stream === undefined) headers["Content-Length"] = Buffer.byteLength(json ?? "");

  return await new Promise<Answer>((resolve, reject) => {
    const request = httpRequest({
      method: call.method,
      path: call.path,
      headers,
      signal,
      createConnection: () => socket,
      // Says "no proxy" to VS Code, which otherwise replaces our connection by one of its proxy agent's.
      // The connection above is used all the same. Source: @vscode/proxy-agent, index.js, "patched".
      socketPath: address.name,
    });
    const body = stream === undefined ? undefined : Readable.from(stream.stream);
    // A server may answer, with an error, before it has read all of the body: the answer counts, the rest is dropped.
    const stopSending = () => {
      body?.unpipe(request);
      body?.destroy();
    };
    request.on("response", (response) => {
      if (response.statusCode !== undefined && response.statusCode >= 400) stopSending();
      resolve({ kind: "response", response });
    });
    request.on("upgrade", (response, upgraded, head) =>
      resolve({ kind: "upgraded", response, socket: upgraded, head }),
    );
    request.on("error", (error) => {
      stopSending();
      reject(signal.aborted ? signal.reason : connectionError(address, error));
    });
    if (body === undefined) {
      request.end(json);
      return;
    }
    body.on("error", (error) => {
      reject(error);
      request.destroy();
    });
    body.pipe(request);
  });
}

async function connect(address: EngineAddress): Promise<Duplex> {
  try {
    return await address.connect();
  } catch (error) {
    throw connectionError(address, error);
  }
}

function connectionError(address: EngineAddress, cause: unknown): ConnectionError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new ConnectionError(`cannot reach the engine at ${address.name}: ${detail}`, { cause });
}

async function throwIfFailed(response: IncomingMessage): Promise<void> {
  const status = response.statusCode ?? 0;
  if (status < 400 && status !== 304) return;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    size += (chunk as Buffer).length;
    if (size > maxErrorBytes) break;
    chunks.push(chunk as Buffer);
  }
  throw new ApiError(status, errorMessage(Buffer.concat(chunks).toString("utf8"), response));
}

function errorMessage(text: string, response: IncomingMessage): string {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === "object" && body !== null && "message" in body && typeof body.message === "string") {
      return body.message;
    }
  } catch {
    // Not every server in the path (a proxy) answers in JSON; its text is still the best message there is.
  }
  return text.trim() === "" ? `${response.statusCode} ${response.statusMessage}` : text.trim();
}
