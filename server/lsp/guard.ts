/** Takes what must not get lost: a fault of the server's own, with its stack. */
export type FaultLog = (message: string) => void;

/**
 * The one point through which every request and notification goes: a fault in a feature is logged and answered with
 * nothing, so that the server and the other features live on.
 */
export function guarded<P extends readonly unknown[], R>(
  name: string,
  nothing: R,
  log: FaultLog,
  handler: (...parameters: P) => R | Promise<R>,
): (...parameters: P) => Promise<R> {
  return async (...parameters) => {
    try {
      return await handler(...parameters);
    } catch (error) {
      if (!(error instanceof Error && error.name === "AbortError")) log(`${name}: ${describe(error)}`);
      return nothing;
    }
  };
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
