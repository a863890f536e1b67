import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { test } from "node:test";
import type { Digest } from "../image/resolved.ts";
import { ContentStore } from "./content-store.ts";

const never = new AbortController().signal;
const hello = Buffer.from("hello");
const helloDigest = digestOf(hello);

function digestOf(bytes: Buffer): Digest {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

async function withStore(body: (store: ContentStore, root: string) => Promise<void>): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), "berth-content-"));
  try {
    await body(await ContentStore.open(root), root);
    assert.deepEqual(await readdir(join(root, "ingest")), [], "an ingest left something");
  } finally {
    await rm(root, { recursive: true });
  }
}

test("a blob is kept under its digest and read back", () =>
  withStore(async (store) => {
    const stored = await store.ingest(Readable.from([hello]), { digest: helloDigest, sizeBytes: 5 }, never);
    assert.deepEqual(stored, { digest: helloDigest, sizeBytes: 5 });
    assert.deepEqual(await buffer(store.read(helloDigest)), hello);
    assert.deepEqual(await store.list(), [helloDigest]);
    await store.remove(helloDigest);
    assert.equal(await store.has(helloDigest), false);
  }));

test("wrong bytes, too few and too many are refused and leave nothing", () =>
  withStore(async (store) => {
    const source = () => Readable.from([hello]);
    const other = digestOf(Buffer.from("other"));
    await assert.rejects(
      store.ingest(source(), { digest: other }, never),
      /digest mismatch: expected sha256:.*has sha256:/,
    );
    await assert.rejects(
      store.ingest(source(), { sizeBytes: 6 }, never),
      /has 5 bytes where 6 were announced/,
    );
    await assert.rejects(
      store.ingest(source(), { sizeBytes: 4 }, never),
      /larger than the 4 bytes announced/,
    );
    assert.deepEqual(await store.list(), []);
  }));

test("an aborted ingest leaves nothing", () =>
  withStore(async (store) => {
    const abort = new AbortController();
    const endless = Readable.from(
      (async function* () {
        for (let i = 0; ; i++) {
          if (i === 3) abort.abort(new Error("enough"));
          yield hello;
        }
      })(),
    );
    await assert.rejects(store.ingest(endless, {}, abort.signal), /enough/);
    assert.deepEqual(await store.list(), []);
  }));

test("a broken transfer goes on where it stopped", () =>
  withStore(async (store) => {
    await using ingest = await store.begin({ digest: helloDigest, sizeBytes: 5 });
    await ingest.append(hello.subarray(0, 2));
    assert.equal(ingest.offsetBytes, 2);
    await ingest.append(hello.subarray(2));
    assert.equal((await ingest.commit()).digest, helloDigest);
  }));

test("what a killed engine left in ingest is removed at open", () =>
  withStore(async (_store, root) => {
    await writeFile(join(root, "ingest", "leftover"), "x");
    await ContentStore.open(root);
  }));

test("a digest from outside never becomes a path", () =>
  withStore(async (store) => {
    await assert.rejects(store.has("sha256:../../etc/passwd" as Digest), /not a digest/);
  }));
