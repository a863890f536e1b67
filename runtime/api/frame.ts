import type { Frame } from "./engine-client.ts";

/**
 * The framing of output that is not a terminal's: 8 bytes `[stream, 0, 0, 0, length BE32]`, then the payload.
 * Source: Engine API specification, `POST /containers/{id}/attach`, "Stream format".
 */
const headerBytes = 8;

/** One frame on the wire. */
export function encodeFrame(stream: 1 | 2, data: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(headerBytes + data.length);
  frame.writeUInt32BE(stream * 0x1000000, 0);
  frame.writeUInt32BE(data.length, 4);
  frame.set(data, headerBytes);
  return frame;
}

/**
 * Takes a framed stream apart as it arrives. A payload is handed on in the pieces it came in, so that nothing but
 * an incomplete header is ever held back and the length in a header needs no bound.
 */
export class FrameDecoder {
  readonly #header = Buffer.alloc(headerBytes);
  #headerLength = 0;
  #stream: 1 | 2 = 1;
  #left = 0;

  /** The output that `chunk` completes. Throws when a header is not one. */
  push(chunk: Buffer): Frame[] {
    const frames: Frame[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (this.#left > 0) {
        const data = chunk.subarray(at, at + this.#left);
        frames.push({ stream: this.#stream, data });
        this.#left -= data.length;
        at += data.length;
        continue;
      }
      at += this.#takeHeader(chunk, at);
    }
    return frames;
  }

  /** True between frames: only then the end of the stream is a clean one. */
  get isBetweenFrames(): boolean {
    return this.#left === 0 && this.#headerLength === 0;
  }

  #takeHeader(chunk: Buffer, at: number): number {
    const taken = chunk.copy(this.#header, this.#headerLength, at, at + headerBytes - this.#headerLength);
    this.#headerLength += taken;
    if (this.#headerLength < headerBytes) return taken;
    this.#headerLength = 0;
    const kind = this.#header[0] ?? 255;
    if (kind > 2 || this.#header.readUIntBE(1, 3) !== 0) {
      throw new Error(`the stream is not framed: a header begins with ${this.#header.toString("hex")}`);
    }
    // 0 is stdin, which servers may use for output echoed back; clients treat it as stdout.
    this.#stream = kind === 2 ? 2 : 1;
    this.#left = this.#header.readUInt32BE(4);
    return taken;
  }
}

/** Frames of a framed stream. Throws when it ends inside a frame. */
export async function* decodeFrames(chunks: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  const decoder = new FrameDecoder();
  for await (const chunk of chunks) yield* decoder.push(chunk);
  if (!decoder.isBetweenFrames) throw new Error("the stream ended inside a frame");
}

/** A terminal's output as frames: all of it is stdout. */
export async function* rawFrames(chunks: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  for await (const data of chunks) yield { stream: 1, data };
}
