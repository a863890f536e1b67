import type { KeyedLock } from "../store/keyed-lock.ts";

/** Takes a lock until the result is disposed of. Abort while waiting gives up and throws the signal's reason. */
export async function holdLock(lock: KeyedLock, key: string, signal: AbortSignal): Promise<AsyncDisposable> {
  const acquired = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const giveUp = () => {
    acquired.reject(signal.reason);
    released.resolve();
  };
  signal.addEventListener("abort", giveUp, { once: true });
  const done = lock.run(
    key,
    async () => {
      acquired.resolve();
      await released.promise;
    },
    signal,
  );
  done.catch(giveUp);
  try {
    await acquired.promise;
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
  return {
    [Symbol.asyncDispose]: async () => {
      released.resolve();
      await done;
    },
  };
}
