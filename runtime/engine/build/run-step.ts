import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import type { StepRequest, StepRunner } from "../container/ports.ts";
import { MessageQueue } from "./message-queue.ts";

/** Runs a process in a root, its output to `log`; gives its exit code. Ends the process on abort. */
export async function runStep(
  steps: StepRunner,
  request: StepRequest,
  log: (text: string) => Promise<void>,
  signal: AbortSignal,
): Promise<number> {
  const stop = new AbortController();
  const stopping = AbortSignal.any([signal, stop.signal]);
  const child = await steps.run(request, stopping);
  // What the step left running still holds its ends of the pipes; the step is over when ours are closed.
  const close = () => {
    child.stdout.destroy();
    child.stderr.destroy();
  };
  stopping.addEventListener("abort", close, { once: true });
  // Awaited below; a failure before that must not count as unhandled.
  child.exited.catch(() => {});
  try {
    for await (const text of mergeOutput([child.stdout, child.stderr])) await log(text);
    const code = await child.exited;
    signal.throwIfAborted();
    return code;
  } finally {
    stop.abort();
    await child.exited.catch(() => {});
  }
}

/** Both outputs as they come; a slow reader holds the writers up. */
async function* mergeOutput(streams: readonly Readable[]): AsyncGenerator<string, void, void> {
  const queue = new MessageQueue<string>(64, () => {
    for (const stream of streams) stream.resume();
  });
  let open = streams.length;
  for (const stream of streams) {
    const decoder = new StringDecoder("utf8");
    stream.on("data", (chunk: Buffer) => {
      if (!queue.push(decoder.write(chunk))) stream.pause();
    });
    // How the process ended is told by its exit; a broken pipe adds nothing.
    stream.on("error", () => {});
    stream.once("close", () => {
      queue.push(decoder.end());
      if (--open === 0) queue.end();
    });
  }
  for await (const text of queue) if (text !== "") yield text;
}
