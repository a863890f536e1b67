import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { jsonLogger } from "../log.ts";
import { createVolumes, type Volumes } from "./volumes.ts";

let root: string;
let volumes: Volumes;
const events: string[] = [];

async function open(): Promise<Volumes> {
  const publish = (event: { Action: string; Actor: { ID: string } }) =>
    events.push(`${event.Action} ${event.Actor.ID.slice(0, 12)}`);
  return createVolumes({ root, events: { publish }, log: jsonLogger(() => {}) });
}

before(async () => {
  root = await mkdtemp(join(tmpdir(), "berth-volumes-"));
  volumes = await open();
});
after(() => rm(root, { recursive: true, force: true }));

const names = async (filters: Record<string, string[]>) =>
  (await volumes.backend.list(filters)).map((volume) => volume.Name);

test("volumes are made once, listed by filters, and kept over a restart", async () => {
  await volumes.backend.create({ Name: "shop_db", Labels: { tier: "db" } });
  await volumes.backend.create({ Name: "shop_web" });
  const again = await volumes.backend.create({ Name: "shop_db" });
  assert.equal(again.Labels?.tier, "db");
  assert.equal(again.Mountpoint, join(root, "volumes", "shop_db", "_data"));
  assert.deepEqual(await names({}), ["shop_db", "shop_web"]);
  assert.deepEqual(await names({ label: ["tier=db"] }), ["shop_db"]);
  assert.deepEqual(await names({ name: ["web"] }), ["shop_web"]);
  assert.deepEqual(await names({ driver: ["nfs"] }), []);
  await assert.rejects(names({ nope: ["x"] }), /invalid filter 'nope'/);
  volumes = await open();
  assert.deepEqual(await names({}), ["shop_db", "shop_web"]);
});

test("a volume in use is not removed; an anonymous one goes with its container", async () => {
  const db = await volumes.mounts.acquire({ name: "shop_db", containerId: "c1" });
  assert.equal(db.isEmpty, true);
  await writeFile(join(db.path, "file"), "x");
  assert.equal((await volumes.mounts.acquire({ name: "shop_db", containerId: "c1" })).isEmpty, false);
  await assert.rejects(volumes.backend.remove("shop_db", { force: true }), {
    kind: "conflict",
    message: "remove shop_db: volume is in use - [c1]",
  });
  assert.deepEqual(await names({ dangling: ["true"] }), ["shop_web"]);
  const anonymous = await volumes.mounts.acquire({ name: undefined, containerId: "c1" });
  assert.match(anonymous.name, /^[0-9a-f]{64}$/);
  await volumes.mounts.release(anonymous.name, "c1", { removeAnonymous: true });
  await volumes.mounts.release("shop_db", "c1", { removeAnonymous: true });
  assert.deepEqual(await names({}), ["shop_db", "shop_web"]);
});

test("users that are no more are forgotten at start-up", async () => {
  await volumes.mounts.acquire({ name: "shop_db", containerId: "gone" });
  volumes = await open();
  await volumes.restore(new Set(["other"]));
  await volumes.backend.remove("shop_db", { force: false });
  await assert.rejects(volumes.backend.inspect("shop_db"), {
    kind: "not-found",
    message: "get shop_db: no such volume",
  });
});

test("prune takes anonymous ones, and all when asked", async () => {
  await volumes.mounts.acquire({ name: undefined, containerId: "c" });
  await volumes.restore(new Set());
  assert.equal((await volumes.backend.prune({})).VolumesDeleted.length, 1);
  assert.deepEqual((await volumes.backend.prune({ all: ["true"] })).VolumesDeleted, ["shop_web"]);
  assert.deepEqual(await readdir(join(root, "volumes")), []);
});

test("bad names, drivers and options are refused", async () => {
  await assert.rejects(volumes.backend.create({ Name: "../up" }), { kind: "invalid-argument" });
  await assert.rejects(volumes.backend.create({ Name: "xx", Driver: "nfs" }), /plugin "nfs" not found/);
  const refused = (DriverOpts: Record<string, string>, message: RegExp) =>
    assert.rejects(volumes.backend.create({ Name: "xx", DriverOpts }), { kind: "invalid-argument", message });
  await refused({ type: "nfs", device: ":/data", o: "rw" }, /needs the server's address: o=addr=SERVER/);
  await refused({ type: "tmpfs" }, /missing required option: "device"/);
  await refused({ device: "/srv" }, /missing required option: "type"/);
  await refused({ type: "none", device: "/srv" }, /type=none needs o=bind/);
  await refused({ type: "none", o: "bind", device: "srv" }, /is no absolute path/);
  await refused({ size: "10m" }, /needs a file system with project quotas/);
  await refused({ colour: "red" }, /invalid option: "colour"/);
  assert.deepEqual(await names({}), []);
});
