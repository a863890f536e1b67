import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { JsonStore } from "./json-store.ts";

interface Note {
  readonly text: string;
}

async function inDirectory(body: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "berth-store-"));
  try {
    await body(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

test("a document that was written is read back by another store on the same directory", () =>
  inDirectory(async (directory) => {
    const store = await JsonStore.open<Note>(directory);
    await store.write("a", { text: "one" });
    await store.write("b", { text: "two" });
    await store.remove("b");
    await store.remove("never-there");
    const again = await JsonStore.open<Note>(directory);
    assert.deepEqual([...(await again.readAll())], [["a", { text: "one" }]]);
    assert.equal(await again.read("b"), undefined);
  }));

test("concurrent writes of one id end with the last one and leave one file", () =>
  inDirectory(async (directory) => {
    const store = await JsonStore.open<Note>(directory);
    await Promise.all(Array.from({ length: 20 }, (_, i) => store.write("a", { text: String(i) })));
    assert.deepEqual(await store.read("a"), { text: "19" });
    assert.deepEqual(await readdir(directory), ["a.json"]);
  }));

test("what an interrupted write left is removed at open and never read", () =>
  inDirectory(async (directory) => {
    await writeFile(join(directory, "a.json.~tmp-1234"), '{"tex');
    const store = await JsonStore.open<Note>(directory);
    assert.equal((await store.readAll()).size, 0);
    assert.deepEqual(await readdir(directory), []);
  }));

test("an id that would leave the directory is refused", () =>
  inDirectory(async (directory) => {
    const store = await JsonStore.open<Note>(directory);
    for (const id of ["..", "../x", "a/b", "", "-x", ".hidden", "a\0b"]) {
      await assert.rejects(store.write(id, { text: "" }), /cannot be the id of a document/);
      await assert.rejects(store.read(id), /cannot be the id of a document/);
    }
  }));
