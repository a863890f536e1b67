import type { ProgressMessage } from "../../api/types/image.ts";

/** Messages that may wait for one slow reader; further counts of bytes are dropped, all else is kept. */
const bound = 256;

/** Progress from work that never waits for its reader. Iterate once; ends or throws as `end` says. */
export class ProgressQueue implements AsyncIterable<ProgressMessage> {
  readonly #messages: ProgressMessage[] = [];
  #ending: { readonly error?: unknown } | undefined;
  #wake = () => {};

  readonly push = (message: ProgressMessage): void => {
    const isCount = message.progressDetail?.current !== undefined;
    if (isCount && this.#messages.length >= bound) return;
    this.#messages.push(message);
    this.#wake();
  };

  /** No message follows; with `error`, the reader gets it after the last message. */
  end(ending: { readonly error?: unknown }): void {
    this.#ending ??= ending;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ProgressMessage, void, void> {
    for (;;) {
      const message = this.#messages.shift();
      if (message !== undefined) {
        yield message;
        continue;
      }
      if (this.#ending !== undefined) {
        if ("error" in this.#ending) throw this.#ending.error;
        return;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** Passes counts of bytes on, at most ten a second, and always the last. */
export function throttled(
  totalBytes: number,
  report: (currentBytes: number) => void,
): (currentBytes: number) => void {
  let lastMs = 0;
  return (currentBytes) => {
    const nowMs = performance.now();
    if (currentBytes < totalBytes && nowMs - lastMs < 100) return;
    lastMs = nowMs;
    report(currentBytes);
  };
}
