import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { resolveOwner } from "./owner.ts";

let root = "";

before(async () => {
  root = await mkdtemp(join(tmpdir(), "berth-owner-"));
  await mkdir(join(root, "etc"));
  await writeFile(join(root, "etc/real"), "root:x:0:0::/:/bin/sh\nme:x:1000:100::/:/bin/sh\n");
  await symlink("/etc/real", join(root, "etc/passwd"));
  await writeFile(join(root, "etc/group"), "root:x:0:\nusers:x:100:\nweb:x:33:\n");
});

after(() => rm(root, { recursive: true, force: true }));

/** `--chown` in; `uid:gid` out. */
async function check(spec: string, expected: string): Promise<void> {
  const { uid, gid } = await resolveOwner(root, spec);
  assert.equal(`${uid}:${gid}`, expected);
}

test("users and groups by name or number, looked up in the root", async () => {
  await check("me", "1000:100");
  await check("me:web", "1000:33");
  await check("5", "5:5");
  await check("5:6", "5:6");
  await check("0:users", "0:100");
  await assert.rejects(resolveOwner(root, "ghost"), /no such user: ghost/);
  await assert.rejects(resolveOwner(root, "me:ghost"), /no such group: ghost/);
});
