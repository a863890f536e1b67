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
  const arrived: (() => Arrival<T>)[] = [];
  let wake: () => void = () => {};
  // No Promise.race: it would leave a handler on every silent source for each line of a busy one.
  const ask = (source: AsyncGenerator<T>): void => {
    source.next().then(
      (result) => {
        arrived.push(() => ({ source, result }));
        wake();
      },
      (error: unknown) => {
        arrived.push(() => {
          throw error;
        });
        wake();
      },
    );
  };
  sources.forEach(ask);
  for (let open = sources.length; open > 0; ) {
    const arrival = arrived.shift();
    if (arrival === undefined) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      continue;
    }
    const { source, result } = arrival();
    if (result.done === true) open -= 1;
    else {
      yield result.value;
      ask(source);
    }
  }
}

interface Arrival<T> {
  readonly source: AsyncGenerator<T>;
  readonly result: IteratorResult<T>;
}
