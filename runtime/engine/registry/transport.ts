import type { IncomingMessage } from "node:http";
import { request as requestPlain } from "node:http";
import { request as requestSecure } from "node:https";
import { Readable } from "node:stream";
import { EngineError } from "../error.ts";

/** An answer whose body is still to come; read it with `stalling` or `readLimited`, or `discard` it. */
export interface Response {
  readonly status: number;
  /** Undefined when the header is not there. */
  readonly header: (name: string) => string | undefined;
  readonly body: IncomingMessage;
  readonly discard: () => void;
}

/** What a request is beyond its address and headers. */
export interface Sending {
  /** `GET` when absent. */
  readonly method?: "GET" | "HEAD" | "POST" | "PATCH" | "PUT";
  /** Sent whole, or as it comes. */
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
  /** False: a certificate that nobody vouches for will do. */
  readonly verifyTls?: boolean;
}

/** A form's fields, as a POST sends them. */
export function formOf(fields: Readonly<Record<string, string>>): Sending & { readonly method: "POST" } {
  return { method: "POST", body: new URLSearchParams(fields).toString() };
}

/**
 * One HTTP request, no redirect followed. The answer's headers must come within `stallMs` after the last byte was sent.
 * Throws `unavailable` with the plain reason when the server cannot be reached. (Not `fetch`: that refuses some ports,
 * and its streams cost more memory.)
 */
export function request(
  url: string,
  headers: Readonly<Record<string, string>>,
  stallMs: number,
  signal: AbortSignal,
  sending: Sending = {},
): Promise<Response> {
  const { method = "GET", body, verifyTls = true } = sending;
  const options = { method, headers: { "user-agent": "berth", ...headers }, signal };
  return new Promise((resolve, reject) => {
    const sent = url.startsWith("https:")
      ? requestSecure(url, { ...options, rejectUnauthorized: verifyTls })
      : requestPlain(url, options);
    let timer: NodeJS.Timeout | undefined;
    const watch = () => {
      clearTimeout(timer);
      timer = setTimeout(() => sent.destroy(new Error(noAnswer(stallMs))), stallMs);
    };
    watch();
    let source: Readable | undefined;
    sent.once("response", (answer) => {
      clearTimeout(timer);
      timer = undefined;
      // A server that answers early wants no more of the body.
      source?.destroy();
      resolve(responseOf(answer));
    });
    // Stays for the life of the request: an error after the answer is also one of its body, and is thrown there.
    sent.on("error", (error) => {
      clearTimeout(timer);
      source?.destroy();
      reject(
        signal.aborted ? signal.reason : new EngineError("unavailable", reasonOf(error), { cause: error }),
      );
    });
    if (body === undefined || typeof body === "string" || body instanceof Uint8Array) {
      sent.end(body);
      return;
    }
    source = Readable.from(watched(body, watch), { objectMode: false });
    source.on("error", (error) => {
      clearTimeout(timer);
      // What the source says is the reason; the connection's own error comes after it.
      reject(error);
      sent.destroy();
    });
    source.pipe(sent);
  });
}

/** Each chunk taken shows that the server reads. */
async function* watched(
  source: AsyncIterable<Uint8Array>,
  onChunk: () => void,
): AsyncGenerator<Uint8Array, void, void> {
  for await (const chunk of source) {
    onChunk();
    yield chunk;
  }
}

/** The body in chunks; throws `unavailable` when none comes for `stallMs` or the connection breaks. */
export async function* stalling(
  { body }: Response,
  stallMs: number,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, void> {
  const chunks: AsyncIterator<Buffer> = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      // Only the server's silence counts, not the time the reader takes.
      const timer = setTimeout(() => body.destroy(new Error(noAnswer(stallMs))), stallMs);
      const next = await chunks
        .next()
        .catch((error: unknown) => {
          signal.throwIfAborted();
          throw new EngineError("unavailable", reasonOf(error), { cause: error });
        })
        .finally(() => clearTimeout(timer));
      signal.throwIfAborted();
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    body.destroy();
  }
}

/** The whole body. Throws `invalid-argument` when it is larger than `limitBytes`. */
export async function readLimited(
  response: Response,
  limitBytes: number,
  stallMs: number,
  signal: AbortSignal,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of stalling(response, stallMs, signal)) {
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes) {
      throw new EngineError("invalid-argument", `the server's answer is larger than ${limitBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function responseOf(answer: IncomingMessage): Response {
  return {
    status: answer.statusCode ?? 0,
    header: (name) => {
      const value = answer.headers[name];
      return Array.isArray(value) ? value.join(", ") : value;
    },
    body: answer,
    discard: () => {
      answer.on("error", () => {});
      answer.destroy();
    },
  };
}

function noAnswer(stallMs: number): string {
  return `no answer for ${stallMs / 1000} s`;
}

/** `connect ECONNREFUSED 127.0.0.1:5000`; of several addresses that failed, the first. */
function reasonOf(error: unknown): string {
  const reason =
    error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error;
  return reason instanceof Error && reason.message !== "" ? reason.message : String(reason);
}
