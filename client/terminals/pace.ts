import { setTimeout as sleep } from "node:timers/promises";
import type { Frame } from "../../runtime/api/engine-client.ts";

const burstBytes = 256 * 1024;

/**
 * Hands output on in text, and lets the editor draw after each burst: its terminals take everything at once and hold
 * what they have not drawn, so a program that prints without end would fill memory. Invalid UTF-8 becomes U+FFFD.
 */
export async function* pacedText(frames: AsyncIterable<Frame>): AsyncGenerator<string> {
  const decoders = { 1: new TextDecoder(), 2: new TextDecoder() };
  let sent = 0;
  for await (const frame of frames) {
    yield decoders[frame.stream].decode(frame.data, { stream: true });
    sent += frame.data.length;
    if (sent < burstBytes) continue;
    sent = 0;
    await sleep(20);
  }
}

/** Line ends as a terminal needs them, for output that comes from no terminal. */
export function toTerminal(text: string): string {
  return text.replace(/\r?\n/g, "\r\n");
}
