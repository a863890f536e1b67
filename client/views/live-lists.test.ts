import assert from "node:assert/strict";
import { test } from "node:test";
import type { EngineClient } from "../../runtime/api/engine-client.ts";
import type { EventMessage } from "../../runtime/api/types/system.ts";
import type { Connection, ConnectionState } from "../connections/connection.ts";
import { Observable } from "../connections/observable.ts";
import { LiveLists, listsTouchedBy } from "./live-lists.ts";

function event(Type: EventMessage["Type"], Action: string): EventMessage {
  return { Type, Action, Actor: { ID: "1", Attributes: {} }, scope: "local", time: 0, timeNano: 0 };
}

/** A connection whose container list is answered by hand. */
function fakeConnection() {
  const listeners = new Set<(message: EventMessage) => void>();
  const pending: ((names: string[]) => void)[] = [];
  const none = async () => [];
  const client = {
    containers: {
      list: () =>
        new Promise((resolve) => pending.push((names) => resolve(names.map((name) => ({ Id: name }))))),
    },
    images: { list: none },
    volumes: { list: none },
    networks: { list: none },
  } as unknown as EngineClient;
  const state = new Observable<ConnectionState>({ kind: "connected", version: "1" });
  const connection: Connection = {
    id: "x",
    label: "x",
    kind: "local",
    client,
    state,
    onEvent: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    forwardPort: async () => undefined,
    start: async () => {},
    stop: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
  return {
    connection,
    state,
    pending,
    emit: (message: EventMessage) => listeners.forEach((each) => void each(message)),
  };
}

test("only events that change a list have it read", () => {
  const touched = (type: EventMessage["Type"], action: string) => listsTouchedBy(event(type, action)).join();
  assert.equal(touched("container", "die"), "containers");
  assert.equal(touched("container", "health_status: healthy"), "containers");
  assert.equal(touched("container", "exec_start: sh"), "");
  assert.equal(touched("image", "pull"), "images");
  assert.equal(touched("volume", "create"), "volumes");
  assert.equal(touched("volume", "mount"), "");
  assert.equal(touched("network", "destroy"), "networks");
});

test("a burst of events is one more reading, and the last word is the engine's", async () => {
  const { connection, pending, emit } = fakeConnection();
  using lists = new LiveLists(connection, () => {});
  const ids = () => lists.lists.value.containers?.map((each) => each.Id);
  const next = () => lists.lists.until((value) => value.containers !== undefined, AbortSignal.timeout(5000));
  assert.equal(pending.length, 1);
  for (let count = 0; count < 50; count += 1) emit(event("container", "start"));
  assert.equal(pending.length, 1);
  pending[0]?.(["old"]);
  await next();
  assert.deepEqual(ids(), ["old"]);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(pending.length, 2);
  const again = new Promise<void>((resolve) => void lists.lists.subscribe(() => resolve()));
  pending[1]?.(["new"]);
  await again;
  assert.deepEqual(ids(), ["new"]);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(pending.length, 2);
});

test("a stopped connection holds nothing; a lost one keeps what was seen until it is back", async () => {
  const { connection, state, pending } = fakeConnection();
  using lists = new LiveLists(connection, () => {});
  pending[0]?.(["web"]);
  await lists.lists.until((value) => value.containers !== undefined, AbortSignal.timeout(5000));
  state.set({ kind: "starting", step: "reconnecting" });
  assert.equal(lists.lists.value.containers?.length, 1);
  state.set({ kind: "stopped" });
  assert.deepEqual(lists.lists.value, {});
});
