import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { resolveInRoot } from "./in-root.ts";

let root = "";

before(async () => {
  root = await mkdtemp(join(tmpdir(), "berth-in-root-"));
  await mkdir(join(root, "a/b"), { recursive: true });
  await writeFile(join(root, "a/file"), "");
  await symlink("/a", join(root, "absolute"));
  await symlink("../../../../etc", join(root, "a/out"));
  await symlink("loop", join(root, "loop"));
  await symlink("absolute/new", join(root, "dangling"));
});

after(() => rm(root, { recursive: true, force: true }));

/** A path in; `kind path` out. */
async function check(path: string, expected: string, last: "follow" | "keep" = "follow"): Promise<void> {
  const place = await resolveInRoot(root, path, last);
  assert.equal(`${place.kind} ${place.path}`, expected);
}

test("paths stay in the root", async () => {
  await check("/a/file", "file a/file");
  await check("absolute/b", "directory a/b");
  await check("../../a/./b/..", "directory a");
  await check("a/out/passwd", "missing etc/passwd");
  await check("dangling/x", "missing a/new/x");
  await check("absolute", "symlink absolute", "keep");
  await check("a/file/x", "missing a/file/x");
  await check("/", "directory ");
});

test("symlinks in a circle end", async () => {
  await assert.rejects(resolveInRoot(root, "loop/x"), /too many symlinks in loop\/x/);
});
