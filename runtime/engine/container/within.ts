/** True when the promise was met in time; undefined means no limit. Throws on abort. */
export async function within(
  promise: Promise<unknown>,
  limitMs: number | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  signal.throwIfAborted();
  const outcome = Promise.withResolvers<boolean>();
  const timer = limitMs === undefined ? undefined : setTimeout(() => outcome.resolve(false), limitMs);
  const onAbort = () => outcome.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  promise.then(() => outcome.resolve(true), outcome.reject);
  try {
    return await outcome.promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}
