import type { ProgressMessage } from "../../api/types/image.ts";
import { EngineError } from "../error.ts";
import { ProgressQueue } from "./progress-queue.ts";

/**
 * The messages of work as it goes on; the work ends when the reader leaves. Its failure is thrown after the last
 * message.
 */
export async function* reported(
  work: (report: (message: ProgressMessage) => void, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): AsyncGenerator<ProgressMessage, void, void> {
  const progress = new ProgressQueue();
  const left = new AbortController();
  const done = work(progress.push, AbortSignal.any([signal, left.signal])).then(
    () => progress.end({}),
    (error: unknown) => progress.end({ error }),
  );
  try {
    yield* progress;
  } finally {
    left.abort(new EngineError("unavailable", "the client went away"));
    await done;
  }
}
