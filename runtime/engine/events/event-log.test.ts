import assert from "node:assert/strict";
import { test } from "node:test";
import { createEventLog } from "./event-log.ts";

function clock(): () => bigint {
  let now = 1_700_000_000_000_000_000n;
  return () => {
    now += 1_000_000_000n;
    return now;
  };
}

function container(action: string, name: string, attributes: Record<string, string> = {}) {
  return {
    Type: "container" as const,
    Action: action,
    Actor: { ID: `${name}-id`, Attributes: { name, image: "web:1", ...attributes } },
  };
}

async function checkFilter(filters: Record<string, string[]>, expected: string[]): Promise<void> {
  const log = createEventLog(clock());
  const controller = new AbortController();
  const events = log.subscribe({ since: 0, until: 0, filters }, controller.signal);
  log.publish(container("create", "a"));
  log.publish(container("health_status: healthy", "a"));
  log.publish(container("die", "b", { tier: "db", exitCode: "7" }));
  log.publish({ Type: "network", Action: "create", Actor: { ID: "n", Attributes: { name: "net" } } });
  controller.abort();
  const seen: string[] = [];
  for await (const event of events) seen.push(`${event.Type} ${event.Action} ${event.Actor.Attributes.name}`);
  assert.deepEqual(seen, expected);
}

test("filters are Docker's", async () => {
  await checkFilter({ type: ["network"] }, ["network create net"]);
  await checkFilter({ event: ["health_status"] }, ["container health_status: healthy a"]);
  await checkFilter({ event: ["create"] }, ["container create a", "network create net"]);
  await checkFilter({ container: ["b"] }, ["container die b"]);
  await checkFilter({ image: ["web"], event: ["die", "create"] }, ["container create a", "container die b"]);
  await checkFilter({ label: ["tier=db"] }, ["container die b"]);
  assert.throws(
    () =>
      createEventLog().subscribe(
        { since: 0, until: 0, filters: { nope: ["x"] } },
        new AbortController().signal,
      ),
    /invalid filter 'nope'/,
  );
});

test("since replays and until ends", async () => {
  const log = createEventLog(clock());
  log.publish(container("create", "a"));
  log.publish(container("start", "a"));
  const seen: unknown[] = [];
  for await (const event of log.subscribe(
    { since: 1_700_000_002, until: 1_700_000_003, filters: {} },
    new AbortController().signal,
  ))
    seen.push([event.Action, event.status, event.id, event.from, event.time]);
  assert.deepEqual(seen, [["start", "start", "a-id", "web:1", 1_700_000_002]]);
});

test("a slow reader loses its subscription, not the writer", async () => {
  const log = createEventLog();
  const events = log.subscribe({ since: 0, until: 0, filters: {} }, new AbortController().signal);
  for (let i = 0; i < 1100; i++) log.publish(container("start", "a"));
  await assert.rejects(async () => {
    for await (const _ of events);
  }, /too slow/);
});
