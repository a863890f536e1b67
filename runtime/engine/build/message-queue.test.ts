import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageQueue } from "./message-queue.ts";

test("messages come in order, writers learn when it is full and when it is empty again", async () => {
  let drained = 0;
  const queue = new MessageQueue<number>(2, () => drained++);
  assert.deepEqual([queue.push(1), queue.push(2)], [true, false]);
  const seen: number[] = [];
  const reader = (async () => {
    for await (const item of queue) seen.push(item);
  })();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(drained, 1);
  queue.push(3);
  queue.end();
  await reader;
  assert.deepEqual(seen, [1, 2, 3]);
});

test("a writer waits for room, and no longer than its signal", async () => {
  const queue = new MessageQueue<number>(1);
  const { signal } = new AbortController();
  const added = queue.add(1, signal);
  const giving = new AbortController();
  const given = queue.add(2, giving.signal);
  giving.abort();
  await given;
  const seen: number[] = [];
  for await (const item of queue) {
    seen.push(item);
    if (item === 2) void added.then(() => queue.end());
  }
  assert.deepEqual(seen, [1, 2]);
});
