import { once } from "node:events";
import type { Duplex, Readable, Writable } from "node:stream";
import { DetachScanner } from "../../api/detach-keys.ts";
import type { AttachSession } from "../container/ports.ts";
import { writeOutput } from "./write-answer.ts";

export interface HijackRequest {
  readonly session: AttachSession;
  readonly detachKeys: Buffer | undefined;
  /** What the client types. */
  readonly input: Readable;
  /** Where output goes: the connection itself, or the body of a 200. */
  readonly output: Writable;
  readonly signal: AbortSignal;
}

/** The head of the answer that turns the connection into a byte stream. */
export function upgradeHead(mediaType: string, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return (
    "HTTP/1.1 101 UPGRADED\r\n" +
    `Content-Type: ${mediaType}\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n${lines.join("")}\r\n`
  );
}

/**
 * Carries both directions until the output ends, the client leaves with its detach keys, or it is gone. A client that
 * closes its half only ends the container's input: output goes on.
 */
export async function carry(request: HijackRequest): Promise<void> {
  const { session, output, signal } = request;
  const done = new AbortController();
  const stop = AbortSignal.any([signal, done.signal]);
  const input = carryInput(request, stop).catch((error: unknown) => {
    // Input that cannot be delivered (the process closed its stdin, or is gone) must not cost the output.
    if (!isGone(error) && !stop.aborted) throw error;
  });
  try {
    await writeOutput(output, { tty: session.tty, chunks: session.output, timestamps: false }, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    done.abort();
    await session.detach();
    output.end();
    await input;
  }
}

async function carryInput(request: HijackRequest, stop: AbortSignal): Promise<void> {
  const { session, input, detachKeys } = request;
  const { stdin } = session;
  const scanner = detachKeys === undefined ? undefined : new DetachScanner(detachKeys);
  stdin?.on("error", () => {
    // Told to whoever writes next; without a listener the process would end.
  });
  for await (const chunk of readUntil(input, stop)) {
    const { pass, detached } = scanner?.push(chunk) ?? { pass: chunk, detached: false };
    if (stdin?.writable && pass.length > 0 && !stdin.write(pass)) {
      await once(stdin, "drain", { signal: stop });
    }
    if (detached) return await session.detach();
  }
  if (stop.aborted || stdin === undefined) return;
  const held = scanner?.flush() ?? Buffer.alloc(0);
  if (stdin.writable) stdin.end(held);
}

/** Chunks until the end or `stop`; does not destroy `input`, which is the connection the output still goes to. */
async function* readUntil(input: Readable, stop: AbortSignal): AsyncGenerator<Buffer> {
  const stopped = once(stop, "abort");
  const iterator = input.iterator({ destroyOnReturn: false });
  while (!stop.aborted) {
    const next = await Promise.race([iterator.next(), stopped]);
    if (Array.isArray(next) || next.done === true) return;
    yield next.value as Buffer;
  }
}

function isGone(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return (
    code === "EPIPE" ||
    code === "ECONNRESET" ||
    code === "ERR_STREAM_DESTROYED" ||
    code === "ERR_STREAM_PREMATURE_CLOSE"
  );
}

/**
 * The body of a request whose connection was taken over: Node leaves it in the stream, before what the client types.
 * Gives exactly `length` bytes and puts the rest back.
 */
export async function readUpgradeBody(socket: Duplex, head: Buffer, length: number): Promise<Buffer> {
  if (head.length > 0) socket.unshift(head);
  const chunks: Buffer[] = [];
  let missing = length;
  while (missing > 0) {
    const chunk: Buffer | null =
      socket.read(Math.min(missing, socket.readableLength || missing)) ?? socket.read();
    if (chunk === null) {
      if (socket.readableEnded || socket.destroyed) break;
      await Promise.race([once(socket, "readable"), once(socket, "end"), once(socket, "close")]);
      continue;
    }
    const taken = chunk.subarray(0, missing);
    if (taken.length < chunk.length) socket.unshift(chunk.subarray(missing));
    chunks.push(taken);
    missing -= taken.length;
  }
  return Buffer.concat(chunks);
}
