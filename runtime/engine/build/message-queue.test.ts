import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageQueue, reporting } from "./message-queue.ts";

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

test("reports come while the work goes on, then its result or its failure", async () => {
  const work = reporting<string, number>(async (report) => {
    report("a");
    await new Promise((resolve) => setImmediate(resolve));
    report("b");
    return 7;
  });
  const seen: (string | number)[] = [];
  for (let next = await work.next(); ; next = await work.next()) {
    seen.push(next.value);
    if (next.done === true) break;
  }
  assert.deepEqual(seen, ["a", "b", 7]);
  const failing = reporting<string, number>(async () => {
    throw new Error("no");
  });
  await assert.rejects(failing.next(), /no/);
});
