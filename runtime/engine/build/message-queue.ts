/** Messages from callbacks to one reader. Writers learn when it is full; they may go on, at their own cost. */
export class MessageQueue<T> {
  readonly #limit: number;
  readonly #onDrain: () => void;
  #items: T[] = [];
  #isEnded = false;
  #wake: (() => void) | undefined;

  constructor(limit: number, onDrain: () => void = () => {}) {
    this.#limit = limit;
    this.#onDrain = onDrain;
  }

  /** False when the queue is full: stop until `onDrain`. */
  push(item: T): boolean {
    this.#items.push(item);
    this.#wake?.();
    return this.#items.length < this.#limit;
  }

  end(): void {
    this.#isEnded = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    for (;;) {
      const items = this.#items;
      this.#items = [];
      yield* items;
      if (this.#items.length > 0) continue;
      if (this.#isEnded) return;
      this.#onDrain();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        if (this.#items.length > 0 || this.#isEnded) resolve();
      });
      this.#wake = undefined;
    }
  }
}

/** Runs `work` and yields what it reports meanwhile; gives its result. */
export async function* reporting<M, T>(
  work: (report: (message: M) => void) => Promise<T>,
): AsyncGenerator<M, T, void> {
  const queue = new MessageQueue<M>(1000);
  const done = work((message) => void queue.push(message)).finally(() => queue.end());
  // Its failure is thrown below; without this it would count as unhandled while messages are read.
  done.catch(() => {});
  yield* queue;
  return await done;
}
