import assert from "node:assert/strict";
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { copySource } from "./copy-tree.ts";
import { copyDestination } from "./destination.ts";
import { findSources } from "./sources.ts";
import { digestTree } from "./tree-walk.ts";

const signal = AbortSignal.timeout(20_000);
const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
let directory = "";
let from = "";
let root = "";

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "berth-copy-"));
  [from, root] = [join(directory, "from"), join(directory, "root")];
  await write(from, { "a.txt": "A", "b.txt": "B", "dir/c.md": "C", "dir/sub/d": "D", "lib/x": "X" });
  await write(root, { "usr/lib/y": "Y", "old/file": "old" });
  await symlink("usr/lib", join(root, "lib"));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

async function write(top: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(top, name)), { recursive: true });
    await writeFile(join(top, name), text);
  }
}

/** `COPY words` with WORKDIR /work. */
async function copy(...words: string[]): Promise<void> {
  const destination = copyDestination("/work", words.at(-1) ?? "");
  for (const source of await findSources(from, words.slice(0, -1), "COPY")) {
    await copySource(source, { root, destination, owner, mode: undefined }, signal);
  }
}

async function checkFiles(path: string, expected: readonly string[]): Promise<void> {
  const entries = await readdir(join(root, path), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory());
  assert.deepEqual(
    files.map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1)).sort(),
    expected,
  );
}

test("files and the contents of directories", async () => {
  await copy("a.txt", "one");
  await copy("a.txt", "b.txt", "many/");
  await copy("dir", "tree");
  await copy("*.txt", ".");
  await copy("dir/s*/d", "/deep/er/");
  await checkFiles("work", [
    "work/a.txt",
    "work/b.txt",
    "work/many/a.txt",
    "work/many/b.txt",
    "work/one",
    "work/tree/c.md",
    "work/tree/sub/d",
  ]);
  await checkFiles("deep", ["deep/er/d"]);
});

test("times and modes are the source's", async () => {
  const time = new Date("2020-02-03T04:05:06Z");
  await writeFile(join(from, "run"), "", { mode: 0o4711 });
  await utimes(join(from, "run"), time, time);
  await copy("run", "/run");
  const { mode, mtimeMs } = await lstat(join(root, "run"));
  assert.deepEqual([mode & 0o777, mtimeMs], [0o711, time.getTime()]);
});

test("symlinks in the root are followed inside of it, and never out", async () => {
  await symlink("/../../../../../..", join(root, "out"));
  await symlink(join(directory, "victim"), join(root, "file"));
  await copy(".", "/");
  await copy("a.txt", "/out/escaped");
  await copy("a.txt", "/file");
  assert.deepEqual((await readdir(join(root, "usr/lib"))).sort(), ["x", "y"]);
  assert.equal(await readFile(join(root, "escaped"), "utf8"), "A");
  await assert.rejects(lstat(join(directory, "victim")));
  assert.equal(await readFile(join(root, join(directory, "victim")), "utf8"), "A");
});

test("symlinks in a source tree stay symlinks, a named one is followed inside the source", async () => {
  await symlink("../../a.txt", join(from, "dir/link"));
  await symlink("/b.txt", join(from, "named"));
  await copy("dir", "/d");
  await copy("named", "/n");
  assert.ok((await lstat(join(root, "d/link"))).isSymbolicLink());
  assert.equal(await readFile(join(root, "n"), "utf8"), "B");
});

test("what cannot be copied is named", async () => {
  await assert.rejects(copy("nope", "/"), /stat nope: file does not exist/);
  await assert.rejects(copy("*.nope", "/"), /no source files were specified/);
  await assert.rejects(copy("../root", "/"), /forbidden path outside the build context: \.\.\/root/);
  await assert.rejects(copy("a.txt", "/old/file/x"), /"old\/file" is not a directory|lies below a file/);
  await mkdir(join(root, "taken/a.txt"), { recursive: true });
  await assert.rejects(copy("a.txt", "/taken/"), /cannot copy a file over the directory \/taken\/a.txt/);
});

test("digests see content, names and modes, not times", async () => {
  const digest = () => digestTree(from, "ignore", signal);
  const first = await digest();
  await utimes(join(from, "a.txt"), 1, 1);
  assert.equal(await digest(), first);
  await writeFile(join(from, "a.txt"), "a");
  const second = await digest();
  assert.notEqual(second, first);
  await writeFile(join(from, "a.txt"), "A");
  assert.equal(await digest(), first);
});
