import type { EngineClient } from "../api/engine-client.ts";
import { linesOf } from "./log-lines.ts";
import type { ObservedContainer } from "./observe.ts";

export interface LogOptions {
  readonly follow: boolean;
  /** Lines from the end; undefined: all. */
  readonly tail?: number;
  readonly timestamps: boolean;
  /** Unix seconds. */
  readonly since?: number;
}

export interface ServiceLogLine {
  readonly container: ObservedContainer;
  readonly text: string;
}

/** The output of several containers, line by line as it comes. Ends when all have ended, or throws what one throws. */
export async function* followLogs(
  client: EngineClient,
  containers: readonly ObservedContainer[],
  options: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<ServiceLogLine> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const sources = containers.map((container) => linesOfContainer(client, container, options, either));
  try {
    yield* merged(sources);
  } finally {
    stop.abort();
  }
}

async function* linesOfContainer(
  client: EngineClient,
  container: ObservedContainer,
  options: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<ServiceLogLine> {
  const frames = client.containers.logs(container.id, { ...options, stdout: true, stderr: true }, signal);
  for await (const line of linesOf(frames)) yield { container, text: line.text };
}

/** One item of each source is asked for at a time: a slow reader slows the sources, nothing piles up. */
async function* merged<T>(sources: readonly AsyncGenerator<T>[]): AsyncGenerator<T> {
  type Arrival = { readonly source: AsyncGenerator<T>; readonly result: IteratorResult<T> };
  const next = async (source: AsyncGenerator<T>): Promise<Arrival> => ({
    source,
    result: await source.next(),
  });
  const waiting = new Map(sources.map((source) => [source, next(source)]));
  try {
    while (waiting.size > 0) {
      const { source, result } = await Promise.race(waiting.values());
      if (result.done === true) waiting.delete(source);
      else {
        waiting.set(source, next(source));
        yield result.value;
      }
    }
  } finally {
    // Those still waiting end by the caller's abort; their failure is then no news.
    for (const arrival of waiting.values()) arrival.catch(() => {});
  }
}
