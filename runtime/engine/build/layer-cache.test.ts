import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { choiceOf } from "./cache-filter.ts";
import { type CacheEntry, LayerCache } from "./layer-cache.ts";

let root = "";
let cache: LayerCache;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "berth-cache-"));
  cache = await LayerCache.open(root);
});

afterEach(() => rm(root, { recursive: true, force: true }));

/** An entry with a layer of 100 bytes, named by one hex digit. */
function entryOf(digit: string): CacheEntry {
  const digest = `sha256:${digit.repeat(64)}` as const;
  const layer = { digest, diffId: digest, sizeBytes: 100, mediaType: "tar" };
  return { layer, parent: undefined, chainId: digest, key: digit, created: "2024-01-02T03:04:05Z" };
}

/** Adds entries in the order of their use. */
async function add(...digits: string[]): Promise<void> {
  using hold = cache.hold();
  for (const digit of digits) await hold.add(digit, entryOf(digit));
}

const all = { matches: () => true, keepBytes: 0 };

test("the least recently used go first, until the rest fits; a layer is counted once", async (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: 1000 });
  await add("a");
  t.mock.timers.tick(1000);
  await add("b");
  t.mock.timers.tick(1000);
  using hold = cache.hold();
  await hold.add("c", entryOf("c"));
  await hold.add("also-c", entryOf("c"));
  hold[Symbol.dispose]();
  t.mock.timers.tick(1000);
  using again = cache.hold();
  again.find("a");
  again[Symbol.dispose]();
  assert.equal(cache.sizeBytes, 300);
  const removed = await cache.forget({ matches: () => true, keepBytes: 200 });
  assert.deepEqual(removed.keys, ["b"]);
  assert.equal(removed.sizeBytes, 100);
  assert.deepEqual(removed.chains, [entryOf("b").chainId]);
  assert.deepEqual([...(await cache.forget(all)).keys].sort(), ["a", "also-c", "c"]);
});

test("what a running build has used or made stays, with its layer under any key", async () => {
  await add("a", "b");
  using running = cache.hold();
  running.find("a");
  await running.add("new", entryOf("d"));
  using other = cache.hold();
  await other.add("same-layer", entryOf("d"));
  other[Symbol.dispose]();
  assert.deepEqual((await cache.forget(all)).keys, ["b"]);
  running[Symbol.dispose]();
  assert.deepEqual([...(await cache.forget(all)).keys].sort(), ["a", "new", "same-layer"]);
});

test("entries and the times of their use are there after a restart; damaged ones are not", async (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: Date.parse("2026-01-01T00:00:00Z") });
  await add("a", "b");
  await cache.writeUsage();
  await writeFile(join(root, "build", "cache", "b.json"), "{");
  cache = await LayerCache.open(root);
  using hold = cache.hold();
  assert.equal(hold.find("a")?.chainId, entryOf("a").chainId);
  assert.equal(hold.find("b"), undefined);
  hold[Symbol.dispose]();
  const old = choiceOf({ keepBytes: 0, filters: { until: ["24h"] } }, Date.now() + 3_600_000);
  assert.deepEqual((await cache.forget(old)).keys, []);
  const older = choiceOf({ keepBytes: 0, filters: { until: ["24h"] } }, Date.now() + 90_000_000);
  assert.deepEqual((await cache.forget(older)).keys, ["a"]);
});

test("filters: id, type, times that cannot be read", async () => {
  await add("aa", "b");
  assert.deepEqual((await cache.forget(choiceOf({ keepBytes: 0, filters: { id: ["a"] } }, 0))).keys, ["aa"]);
  const mounts = choiceOf({ keepBytes: 0, filters: { type: ["exec.cachemount"] } }, 0);
  assert.deepEqual((await cache.forget(mounts)).keys, []);
  assert.throws(() => choiceOf({ keepBytes: 0, filters: { until: ["soon"] } }, 0), /neither a duration/);
});
