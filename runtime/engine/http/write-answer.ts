import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { Writable } from "node:stream";
import { encodeFrame } from "../../api/frame.ts";
import type { OutputChunk } from "../container/ports.ts";
import type { Answer } from "./answer.ts";
import { outputMediaType } from "./shapes.ts";
import { failureOf } from "./status.ts";

export interface AnswerContext {
  readonly version: string;
  readonly signal: AbortSignal;
  /** Told of what went wrong after the head of the answer was out. */
  readonly onLateError: (error: unknown) => void;
}

/** Puts an answer that is not a hijacked connection on the wire. Throws only while the head is not out yet. */
export async function writeAnswer(
  response: ServerResponse,
  answer: Exclude<Answer, { kind: "hijack" }>,
  context: AnswerContext,
): Promise<void> {
  switch (answer.kind) {
    case "json":
      return writeJson(response, answer.status, answer.body);
    case "empty":
      response.writeHead(answer.status, { ...answer.headers, "Content-Length": 0 }).end();
      return;
    case "bytes":
      return await writeBytes(response, answer, context);
    case "text":
      response.writeHead(200, {
        ...answer.headers,
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Length": Buffer.byteLength(answer.body),
      });
      response.end(answer.body);
      return;
    case "later":
      return await writeLater(response, answer.body, context);
    case "lines":
      return await writeLines(response, answer.values, context);
    case "events":
      startStream(response, "application/json");
      return await finish(response, writeValues(response, answer.values, context), context);
    case "output":
      startStream(response, outputMediaType(context.version, answer.tty));
      return await finish(response, writeOutput(response, answer, context.signal), context);
  }
}

/** The body of a failure. */
export function writeFailure(response: ServerResponse, status: number, message: string): void {
  if (status === 304) response.writeHead(304).end();
  else writeJson(response, status, { message });
}

/** Output as frames, or as it is from a terminal; waits while the reader is slow. */
export async function writeOutput(
  target: Writable,
  output: {
    readonly tty: boolean;
    readonly chunks: AsyncIterable<OutputChunk>;
    readonly timestamps: boolean;
  },
  signal: AbortSignal,
): Promise<void> {
  for await (const chunk of output.chunks) {
    const data = output.timestamps ? stamped(chunk) : chunk.data;
    await write(target, output.tty ? data : encodeFrame(chunk.stream, data), signal);
  }
}

function stamped(chunk: OutputChunk): Buffer {
  return Buffer.concat([Buffer.from(`${chunk.timestamp} `), chunk.data]);
}

function writeJson(response: ServerResponse, status: number, body: unknown): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(text),
  });
  response.end(text);
}

function startStream(response: ServerResponse, mediaType: string): void {
  response.writeHead(200, { "Content-Type": mediaType });
  response.flushHeaders();
}

async function writeBytes(
  response: ServerResponse,
  answer: Extract<Answer, { kind: "bytes" }>,
  context: AnswerContext,
): Promise<void> {
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  startStream(response, answer.mediaType);
  const all = async () => {
    for await (const chunk of answer.chunks) await write(response, chunk, context.signal);
  };
  await finish(response, all(), context);
}

async function writeLater(
  response: ServerResponse,
  body: Promise<unknown>,
  context: AnswerContext,
): Promise<void> {
  startStream(response, "application/json");
  try {
    response.end(`${JSON.stringify(await body)}\n`);
  } catch (error) {
    // The head promised a result; a connection that breaks is the only honest way left to say there is none.
    response.destroy();
    if (!context.signal.aborted) context.onLateError(error);
  }
}

/** The first value decides whether the answer is a failure or a stream. */
async function writeLines(
  response: ServerResponse,
  values: AsyncIterable<unknown>,
  context: AnswerContext,
): Promise<void> {
  const iterator = values[Symbol.asyncIterator]();
  const first = await iterator.next();
  startStream(response, "application/json");
  if (first.done === true) {
    response.end();
    return;
  }
  const all = startingWith(first.value, iterator);
  await finish(response, writeValues(response, all, context), context);
}

async function* startingWith(first: unknown, rest: AsyncIterator<unknown>): AsyncGenerator<unknown> {
  try {
    yield first;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

async function writeValues(
  response: ServerResponse,
  values: AsyncIterable<unknown>,
  context: AnswerContext,
): Promise<void> {
  try {
    for await (const value of values) {
      await write(response, `${JSON.stringify(value)}\r\n`, context.signal);
    }
  } catch (error) {
    if (context.signal.aborted) return;
    const { message, isBug } = failureOf(error);
    if (isBug) context.onLateError(error);
    response.write(`${JSON.stringify({ errorDetail: { message }, error: message })}\r\n`);
  }
}

async function finish(response: ServerResponse, work: Promise<void>, context: AnswerContext): Promise<void> {
  try {
    await work;
    response.end();
  } catch (error) {
    response.destroy();
    if (!context.signal.aborted) context.onLateError(error);
  }
}

async function write(target: Writable, data: Uint8Array | string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (!target.write(data)) await once(target, "drain", { signal });
}
