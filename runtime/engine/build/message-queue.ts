/** Messages from callbacks to one reader. Writers learn when it is full; they may go on, at their own cost. */
export class MessageQueue<T> {
  readonly #limit: number;
  readonly #onDrain: () => void;
  #items: T[] = [];
  #isEnded = false;
  #wake: (() => void) | undefined;
  #writers: (() => void)[] = [];

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

  /** Resolves when there is room for more, or when the signal is aborted. */
  async add(item: T, signal: AbortSignal): Promise<void> {
    if (this.push(item) || signal.aborted) return;
    await new Promise<void>((resolve) => {
      this.#writers.push(resolve);
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
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
      for (const resume of this.#writers.splice(0)) resume();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        if (this.#items.length > 0 || this.#isEnded) resolve();
      });
      this.#wake = undefined;
    }
  }
}
