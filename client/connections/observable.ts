/** Ends a subscription; calling it again does nothing. */
export type Unsubscribe = () => void;

/** A value that others watch. Listeners are called synchronously, in the order they came, on every change. */
export class Observable<T> {
  #value: T;
  readonly #listeners = new Set<(value: T) => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set(value: T): void {
    this.#value = value;
    for (const listener of [...this.#listeners]) listener(value);
  }

  /** Calls `listener` on every later change, not with the present value. */
  subscribe(listener: (value: T) => void): Unsubscribe {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves with the first value, the present one included, that `wanted` accepts. Throws the signal's reason. */
  until<U extends T>(wanted: (value: T) => value is U, signal: AbortSignal): Promise<U>;
  until(wanted: (value: T) => boolean, signal: AbortSignal): Promise<T>;
  until(wanted: (value: T) => boolean, signal: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      if (wanted(this.#value)) return resolve(this.#value);
      const end = () => {
        unsubscribe();
        signal.removeEventListener("abort", onAbort);
      };
      const onAbort = () => {
        end();
        reject(signal.reason);
      };
      const unsubscribe = this.subscribe((value) => {
        if (!wanted(value)) return;
        end();
        resolve(value);
      });
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }
}
