import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { connect, isIPv6 } from "node:net";
import { type Query, responseCode, responseCodeOf, withId } from "./message.ts";
import { printFramed, readFramed } from "./tcp-frame.ts";

export type Transport = "udp" | "tcp";

export interface ForwardLimits {
  /** After that the next nameserver is asked beside the first. */
  readonly staggerMs: number;
  /** After that nobody is waited for. */
  readonly totalMs: number;
}

const defaultLimits: ForwardLimits = { staggerMs: 700, totalMs: 4500 };
const nameserverPort = 53;

/**
 * Asks the nameservers, each a bit later than the one before, and gives the first useful response under the query's id;
 * undefined when none comes. A server that fails or refuses lets the next one go at once; its response is only
 * used when nothing better comes. `message` is the whole query as the client sent it.
 */
export async function forwardQuery(
  message: Buffer,
  query: Query,
  nameservers: readonly string[],
  transport: Transport,
  signal: AbortSignal,
  limits: ForwardLimits = defaultLimits,
): Promise<Buffer | undefined> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), limits.totalMs);
  const stop = AbortSignal.any([signal, limit.signal]);
  const attempts: Promise<Buffer | undefined>[] = [];
  let fallback: Buffer | undefined;
  try {
    for (const [index, nameserver] of nameservers.entries()) {
      const attempt = ask(message, query, nameserver, transport, stop);
      attempts.push(attempt.then((response) => (isUseful(response, query) ? response : undefined)));
      const turn = index === nameservers.length - 1 ? undefined : limits.staggerMs;
      // Either someone answers well, or the last one asked fails, or its time is up: then the next.
      const response = await firstUseful(attempts, attempt, turn, stop);
      if (response !== undefined) return withId(response, query.id);
      if (stop.aborted) break;
      if (turn === undefined) fallback = await attempt;
    }
    return fallback === undefined ? undefined : withId(fallback, query.id);
  } finally {
    clearTimeout(timer);
    limit.abort();
    await Promise.allSettled(attempts);
  }
}

function isUseful(response: Buffer | undefined, query: Query): boolean {
  if (response === undefined) return false;
  const code = responseCodeOf(response, { id: response.readUInt16BE(0), question: query.question });
  return code === responseCode.ok || code === responseCode.noSuchName;
}

/** Resolves with a useful response of any attempt; undefined when the newest failed (all of them, if it is the last) or its turn is over. */
function firstUseful(
  attempts: readonly Promise<Buffer | undefined>[],
  newest: Promise<Buffer | undefined>,
  turnMs: number | undefined,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  const { promise, resolve } = Promise.withResolvers<Buffer | undefined>();
  const timer = turnMs === undefined ? undefined : setTimeout(() => resolve(undefined), turnMs);
  const onAbort = () => resolve(undefined);
  signal.addEventListener("abort", onAbort, { once: true });
  for (const attempt of attempts) {
    attempt.then((response) => response !== undefined && resolve(response)).catch(() => {});
  }
  const given = turnMs === undefined ? Promise.allSettled(attempts) : newest.then(() => attempts.at(-1));
  // Resolving twice does nothing: a useful response was first.
  given.then(() => resolve(undefined)).catch(() => resolve(undefined));
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  });
}

/** One nameserver, under an id of our own; undefined when it does not answer. */
function ask(
  message: Buffer,
  query: Query,
  nameserver: string,
  transport: Transport,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  const id = randomInt(0x10000);
  const outgoing = withId(message, id);
  const accepts = (response: Buffer) =>
    responseCodeOf(response, { id, question: query.question }) !== undefined;
  return transport === "udp"
    ? askByUdp(outgoing, nameserver, accepts, signal)
    : askByTcp(outgoing, nameserver, accepts, signal);
}

/** A socket per question: its random port guards against forged answers. */
function askByUdp(
  message: Buffer,
  nameserver: string,
  accepts: (response: Buffer) => boolean,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  const { promise, resolve } = Promise.withResolvers<Buffer | undefined>();
  const socket = createSocket(isIPv6(nameserver) ? "udp6" : "udp4");
  const give = () => resolve(undefined);
  socket.on("error", give);
  socket.on("message", (response) => {
    if (accepts(response)) resolve(response);
  });
  socket.connect(nameserverPort, nameserver, () => socket.send(message));
  signal.addEventListener("abort", give, { once: true });
  if (signal.aborted) give();
  return promise.finally(() => {
    signal.removeEventListener("abort", give);
    socket.close();
  });
}

function askByTcp(
  message: Buffer,
  nameserver: string,
  accepts: (response: Buffer) => boolean,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  const { promise, resolve } = Promise.withResolvers<Buffer | undefined>();
  const give = () => resolve(undefined);
  const socket = connect(nameserverPort, nameserver);
  socket.on("error", give).on("close", give);
  socket.write(printFramed(message));
  const read = readFramed((response) => {
    if (accepts(response)) resolve(response);
  });
  socket.on("data", read);
  signal.addEventListener("abort", give, { once: true });
  if (signal.aborted) give();
  return promise.finally(() => {
    signal.removeEventListener("abort", give);
    socket.destroy();
  });
}
