/** How long the event loop may wait for calls that do not give it up, in ms. */
const turnMs = 4;

/**
 * Lets the rest of the engine have its turn between many short calls of the file system. A look at a file or a link takes
 * microseconds; through Node's file threads the hand-over costs many times that, which ten thousands of files feel.
 */
export class Turns {
  #since = performance.now();

  /** Undefined, which needs no waiting for, while this turn is young. Throws the signal's reason on abort. */
  next(signal: AbortSignal): Promise<void> | undefined {
    if (performance.now() - this.#since < turnMs) return undefined;
    return new Promise((resolve, reject) => {
      setImmediate(() => {
        this.#since = performance.now();
        if (signal.aborted) reject(signal.reason);
        else resolve();
      });
    });
  }
}
