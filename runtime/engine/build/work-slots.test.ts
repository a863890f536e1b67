import assert from "node:assert/strict";
import { test } from "node:test";
import { WorkSlots } from "./work-slots.ts";

test("no more than the given number work at once, in the order they came", async () => {
  const slots = new WorkSlots(2);
  const { signal } = new AbortController();
  const order: string[] = [];
  const first = await slots.take(signal);
  const second = await slots.take(signal);
  const third = slots.take(signal).then((slot) => {
    order.push("third");
    return slot;
  });
  const fourth = slots.take(signal).then((slot) => {
    order.push("fourth");
    return slot;
  });
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  (await third)[Symbol.dispose]();
  await fourth;
  second[Symbol.dispose]();
  assert.deepEqual(order, ["third", "fourth"]);
});

test("who gives up waiting takes no slot", async () => {
  const slots = new WorkSlots(1);
  const held = await slots.take(new AbortController().signal);
  const giving = new AbortController();
  const waiting = slots.take(giving.signal);
  giving.abort(new Error("enough"));
  await assert.rejects(waiting, /enough/);
  held[Symbol.dispose]();
  await slots.take(new AbortController().signal);
});
