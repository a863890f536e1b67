import type { EventMessage } from "../../api/types/system.ts";
import type { EventDraft, EventSink } from "../container/ports.ts";
import { EngineError } from "../error.ts";
import type { EventBackend, Filters } from "../http/backend.ts";
import { eventFilter } from "./filter.ts";

/** Past events that are kept, and events that may wait for one slow reader. */
const ringSize = 1000;

interface Subscriber {
  readonly push: (event: EventMessage) => void;
}

/**
 * The engine's events: the last 1000, and live subscriptions. `nowNano` is Unix time in nanoseconds.
 * A reader that falls 1000 events behind gets an `unavailable` error; it never holds up a writer.
 */
export function createEventLog(nowNano: () => bigint = unixNano): EventBackend & EventSink {
  const ring: EventMessage[] = [];
  const subscribers = new Set<Subscriber>();
  let last = 0n;

  function publish(draft: EventDraft): void {
    const now = nowNano();
    // Strictly rising, so that `since` with an event's own time never tears two events apart.
    last = now > last ? now : last + 1n;
    const event = stamp(draft, last);
    ring.push(event);
    if (ring.length > ringSize) ring.shift();
    for (const subscriber of subscribers) subscriber.push(event);
  }

  function subscribe(
    options: { since: number; until: number; filters: Filters },
    signal: AbortSignal,
  ): AsyncIterable<EventMessage> {
    const accepts = eventFilter(options.filters);
    const untilNano = options.until * 1e9;
    const past = options.since > 0 ? ring.filter((event) => event.timeNano >= options.since * 1e9) : [];
    const queue = past.filter(
      (event) => accepts(event) && (options.until === 0 || event.timeNano <= untilNano),
    );
    let wake = () => {};
    let lost = false;
    const subscriber: Subscriber = {
      push: (event) => {
        if (!accepts(event)) return;
        if (queue.length >= ringSize) lost = true;
        else queue.push(event);
        wake();
      },
    };
    subscribers.add(subscriber);
    signal.addEventListener("abort", () => subscribers.delete(subscriber), { once: true });
    if (signal.aborted) subscribers.delete(subscriber);

    return (async function* () {
      let ended = signal.aborted;
      const end = () => {
        ended = true;
        wake();
      };
      signal.addEventListener("abort", end, { once: true });
      const remainingMs =
        options.until === 0 ? undefined : options.until * 1000 - Number(nowNano() / 1_000_000n);
      const timer = remainingMs === undefined ? undefined : setTimeout(end, clampTimer(remainingMs));
      try {
        for (;;) {
          const event = queue.shift();
          if (event !== undefined) {
            yield event;
            continue;
          }
          if (lost) throw new EngineError("unavailable", "events were lost: the reader is too slow");
          if (ended) return;
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          wake = () => {};
        }
      } finally {
        clearTimeout(timer);
        subscribers.delete(subscriber);
        signal.removeEventListener("abort", end);
      }
    })();
  }

  return { publish, subscribe };
}

function stamp(draft: EventDraft, nano: bigint): EventMessage {
  const { Type, Action, Actor } = draft;
  const base = {
    Type,
    Action,
    Actor,
    scope: "local" as const,
    time: Number(nano / 1_000_000_000n),
    timeNano: Number(nano),
  };
  if (Type !== "container" && Type !== "image") return base;
  const from = Type === "container" ? Actor.Attributes.image : undefined;
  return { status: Action, id: Actor.ID, ...(from === undefined ? {} : { from }), ...base };
}

/** Unix time in nanoseconds; to the millisecond by the wall clock, below it by the monotonic one. */
export function unixNano(): bigint {
  return BigInt(Date.now()) * 1_000_000n + (process.hrtime.bigint() % 1_000_000n);
}

function clampTimer(ms: number): number {
  return Math.min(Math.max(ms, 0), 2 ** 31 - 1);
}
