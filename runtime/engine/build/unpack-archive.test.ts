import assert from "node:assert/strict";
import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { type Header, pack } from "tar-stream";
import { isArchive, unpackArchive } from "./unpack-archive.ts";

const signal = AbortSignal.timeout(20_000);
const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
let directory = "";

before(async () => {
  directory = await mkdtemp(join(tmpdir(), "berth-unpack-"));
});

after(() => rm(directory, { recursive: true, force: true }));

async function archiveOf(
  entries: readonly (Partial<Header> & { readonly name: string } & { readonly text?: string })[],
): Promise<Buffer> {
  const archive = pack();
  for (const { text, ...header } of entries) archive.entry(header, text ?? "");
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) {
    assert.ok(chunk instanceof Buffer);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function unpack(archive: Buffer, name: string): Promise<string> {
  const root = join(directory, name);
  await mkdir(root);
  // In small pieces, as a network brings them.
  const pieces = Array.from({ length: Math.ceil(archive.length / 100) }, (_, at) =>
    archive.subarray(at * 100, at * 100 + 100),
  );
  await unpackArchive(piecewise(pieces), { root, directory: "in", owner }, signal);
  return join(root, "in");
}

async function* piecewise(pieces: readonly Buffer[]): AsyncGenerator<Buffer, void, void> {
  yield* pieces;
}

test("files, directories, links, modes and times; packed or not", async () => {
  const mtime = new Date("2020-02-03T04:05:06Z");
  const archive = await archiveOf([
    { name: "./", type: "directory", mode: 0o755 },
    { name: "d/", type: "directory", mode: 0o700, mtime },
    { name: "d/a", text: "one", mode: 0o640, mtime },
    { name: "d/a", text: "two", mode: 0o4755, mtime },
    { name: "deep/er/file", text: "x" },
    { name: "link", type: "symlink", linkname: "/etc/passwd" },
    { name: "hard", type: "link", linkname: "d/a" },
  ]);
  const forms = { plain: archive, gzip: gzipSync(archive), zstd: zstdCompressSync(archive) };
  for (const [name, bytes] of Object.entries(forms)) {
    const root = await unpack(bytes, name);
    assert.deepEqual((await readdir(root)).sort(), ["d", "deep", "hard", "link"]);
    assert.equal(await readFile(join(root, "d/a"), "utf8"), "two");
    const file = await lstat(join(root, "d/a"));
    assert.deepEqual([file.mode & 0o7777, file.mtimeMs, file.nlink], [0o4755, mtime.getTime(), 2]);
    const { mode, mtimeMs } = await lstat(join(root, "d"));
    assert.deepEqual([mode & 0o7777, mtimeMs], [0o700, mtime.getTime()]);
    assert.equal(await readlink(join(root, "link")), "/etc/passwd");
  }
});

test("nothing leaves the root", async () => {
  await assert.rejects(
    unpack(await archiveOf([{ name: "a/../../x", text: "" }]), "up"),
    /points outside of it/,
  );
  const through = await archiveOf([
    { name: "out", type: "symlink", linkname: "/../../.." },
    { name: "out/etc/passwd", text: "mine" },
  ]);
  const root = await unpack(through, "through");
  assert.equal(await readFile(join(root, "../etc/passwd"), "utf8"), "mine");
  const replaced = await archiveOf([
    { name: "file", type: "symlink", linkname: join(directory, "victim") },
    { name: "file", text: "new" },
  ]);
  await writeFile(join(directory, "victim"), "old");
  await unpack(replaced, "replaced");
  assert.equal(await readFile(join(directory, "victim"), "utf8"), "old");
  const hardlink = await archiveOf([{ name: "h", type: "link", linkname: "../victim" }]);
  await assert.rejects(unpack(hardlink, "hardlink"), /points outside of it/);
});

test("devices and things that are no archive are refused by name", async () => {
  const device = await archiveOf([{ name: "null", type: "character-device", devmajor: 1, devminor: 3 }]);
  await assert.rejects(unpack(device, "device"), /the archive holds a character-device: "null"/);
  await assert.rejects(unpack(Buffer.alloc(2000, "text"), "text"), /malformed tar archive/);
});

test("the zeros behind the last file may be missing, nothing else", async () => {
  const archive = await archiveOf([{ name: "a", text: "x".repeat(700) }]);
  const root = await unpack(archive.subarray(0, 512 + 700), "unpadded");
  assert.equal((await readFile(join(root, "a"))).length, 700);
  for (const length of [100, 512, 512 + 188, 512 + 600]) {
    await assert.rejects(unpack(archive.subarray(0, length), `cut-${length}`), /malformed tar archive/);
  }
});

test("archives are told from files", async () => {
  const archive = await archiveOf([{ name: "a", text: "x" }]);
  for (const bytes of [archive, gzipSync(archive)]) assert.ok(await isArchive(piecewise([bytes]), signal));
  for (const bytes of [
    Buffer.from("text"),
    gzipSync("text"),
    Buffer.alloc(0),
    Buffer.alloc(1024),
    Buffer.from([0x1f, 0x8b]),
  ]) {
    assert.equal(await isArchive(piecewise([bytes]), signal), false);
  }
});
