import { once } from "node:events";
import type { Writable } from "node:stream";
import type { Frame } from "../api/engine-client.ts";

/** Waits while the reader is slow. */
export async function write(target: Writable, data: string | Uint8Array, signal: AbortSignal): Promise<void> {
  if (!target.write(data)) await once(target, "drain", { signal });
}

/** Output of a container to where it belongs. */
export async function writeFrames(
  frames: AsyncIterable<Frame>,
  target: { readonly stdout: Writable; readonly stderr: Writable },
  signal: AbortSignal,
): Promise<void> {
  for await (const { stream, data } of frames) {
    await write(stream === 2 ? target.stderr : target.stdout, data, signal);
  }
}
