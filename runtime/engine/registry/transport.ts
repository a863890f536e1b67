import { EngineError } from "../error.ts";

export type Response = Awaited<ReturnType<typeof fetch>>;

/**
 * One HTTP request, no redirect followed; a POST of a form when `form` is given. The answer's headers must come within
 * `stallMs`. Throws `unavailable` with the plain reason when the server cannot be reached.
 */
export async function request(
  url: string,
  headers: Readonly<Record<string, string>>,
  stallMs: number,
  signal: AbortSignal,
  form?: Readonly<Record<string, string>>,
): Promise<Response> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), stallMs);
  try {
    return await fetch(url, {
      method: form === undefined ? "GET" : "POST",
      headers: { "user-agent": "berth", "accept-encoding": "identity", ...headers },
      redirect: "manual",
      signal: AbortSignal.any([signal, limit.signal]),
      ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
    });
  } catch (error) {
    signal.throwIfAborted();
    throw new EngineError("unavailable", limit.signal.aborted ? noAnswer(stallMs) : reasonOf(error), {
      cause: error,
    });
  } finally {
    clearTimeout(timer);
  }
}

/** The body in chunks; throws `unavailable` when none comes for `stallMs` or the connection breaks. */
export async function* stalling(
  response: Response,
  stallMs: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  if (response.body === null) return;
  const reader = response.body.getReader();
  const abort = () => void reader.cancel(signal.reason).catch(() => {});
  let stalled = false;
  const giveUp = () => {
    stalled = true;
    void reader.cancel().catch(() => {});
  };
  signal.addEventListener("abort", abort, { once: true });
  try {
    for (;;) {
      // Only the server's silence counts, not the time the reader takes.
      const timer = setTimeout(giveUp, stallMs);
      const { done, value } = await reader
        .read()
        .catch((error: unknown) => {
          throw new EngineError("unavailable", reasonOf(error), { cause: error });
        })
        .finally(() => clearTimeout(timer));
      signal.throwIfAborted();
      if (stalled) throw new EngineError("unavailable", noAnswer(stallMs));
      if (done) return;
      yield value;
    }
  } finally {
    signal.removeEventListener("abort", abort);
    await reader.cancel().catch(() => {});
  }
}

/** The whole body. Throws `invalid-argument` when it is larger than `limitBytes`. */
export async function readLimited(
  response: Response,
  limitBytes: number,
  stallMs: number,
  signal: AbortSignal,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
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

function noAnswer(stallMs: number): string {
  return `no answer for ${stallMs / 1000} s`;
}

/** `fetch` hides the reason in the cause: `connect ECONNREFUSED 127.0.0.1:5000`. */
function reasonOf(error: unknown): string {
  let reason = error;
  while (reason instanceof Error && reason.cause instanceof Error) reason = reason.cause;
  if (reason instanceof AggregateError && reason.errors[0] instanceof Error) reason = reason.errors[0];
  return reason instanceof Error && reason.message !== "" ? reason.message : String(reason);
}
