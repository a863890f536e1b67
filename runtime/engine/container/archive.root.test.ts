import assert from "node:assert/strict";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import type { ContainerCreateRequest } from "../../api/types/container.ts";
import { EngineError } from "../error.ts";
import { readMounts } from "../host/mount.ts";
import { run } from "../host/run.ts";
import { encodeHeader, endOfArchive, padding, type TarHeader } from "../snapshot/tar-codec.ts";
import { readTar } from "../snapshot/tar-reader.ts";
import { makeRoomRoot, never, openRoom } from "./room-fixture.ts";

let fixture: Awaited<ReturnType<typeof makeRoomRoot>>;
let room: Awaited<ReturnType<typeof openRoom>>;

before(async () => {
  fixture = await makeRoomRoot();
  room = await openRoom(fixture.root);
});

after(async () => {
  await room.stop();
  await fixture[Symbol.asyncDispose]();
});

async function create(request: ContainerCreateRequest): Promise<string> {
  return (await room.containers.create(undefined, { Image: "busybox", ...request }, undefined, never)).Id;
}

type Entry = Partial<TarHeader> & { readonly name: string; readonly text?: string };

function archiveOf(...entries: readonly Entry[]): Buffer {
  const parts = entries.map(({ text = "", ...header }) => {
    const full: TarHeader = {
      type: "file",
      mode: 0o644,
      uid: 0,
      gid: 0,
      sizeBytes: Buffer.byteLength(text),
      mtime: 1_000_000_000,
      linkname: "",
      devMajor: 0,
      devMinor: 0,
      pax: new Map(),
      ...header,
    };
    return Buffer.concat([encodeHeader(full, "pax"), Buffer.from(text), padding(Buffer.byteLength(text))]);
  });
  return Buffer.concat([...parts, endOfArchive]);
}

const plain = { noOverwriteDirNonDir: false, copyUidGid: false };

async function put(id: string, path: string, archive: Buffer, options = plain): Promise<void> {
  await room.containers.writeArchive(id, path, Readable.from([archive]), options, never);
}

/** The entries of an archive as lines: type, mode, owner, name, link or text. */
async function get(id: string, path: string): Promise<string> {
  const lines: string[] = [];
  const { chunks } = await room.containers.readArchive(id, path, never);
  for await (const { header, body } of readTar(chunks)) {
    let text = "";
    for await (const chunk of body) text += chunk.toString("utf8");
    const what = header.linkname === "" ? JSON.stringify(text) : `-> ${header.linkname}`;
    lines.push(
      `${header.type} ${header.mode.toString(8)} ${header.uid}:${header.gid} ${header.name} ${what}`,
    );
  }
  return lines.join("\n");
}

const kindOf = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error: unknown) => (error instanceof EngineError ? `${error.kind}: ${error.message}` : String(error)),
  );

const tree = archiveOf(
  { name: "d/", type: "directory", mode: 0o750, uid: 5, gid: 6 },
  { name: "d/a", text: "one", mode: 0o4755, uid: 1000, gid: 1000 },
  { name: "d/hard", type: "hardlink", linkname: "d/a" },
  { name: "d/link", type: "symlink", linkname: "/etc/passwd" },
  { name: "d/pipe", type: "fifo", mode: 0o622 },
  { name: "d/null", type: "character-device", mode: 0o666, devMajor: 1, devMinor: 3 },
  { name: "deep/er/x", text: "" },
);

const asRead = `directory 750 5:6 d/ ""
file 4755 1000:1000 d/a "one"
hardlink 4755 1000:1000 d/hard -> d/a
symlink 777 0:0 d/link -> /etc/passwd
character-device 666 0:0 d/null ""
fifo 622 0:0 d/pipe ""`;

for (const state of ["running", "stopped"] as const) {
  test(`in and out of a ${state} container: files, links, modes, owners, devices, packed archives`, async () => {
    const id = await create({ Cmd: ["sleep", "1000"] });
    if (state === "running") await room.containers.start(id, never);
    await put(id, "/tmp", tree);
    assert.equal(await get(id, "/tmp/d"), asRead);
    assert.match(await get(id, "/tmp/d/."), /^directory 750 5:6 \.\/ ""\nfile 4755 1000:1000 \.\/a "one"/);
    await put(id, "/tmp", gzipSync(archiveOf({ name: "packed", text: "p" })));
    assert.equal(await get(id, "/tmp/packed"), 'file 644 0:0 packed "p"');

    const link = await room.containers.statPath(id, "/tmp/d/link", never);
    assert.equal(link.linkTarget, "/etc/passwd");
    assert.equal(link.mode, 2 ** 27 + 0o777);
    const file = await room.containers.statPath(id, "/tmp/d/a", never);
    assert.deepEqual(
      { ...file, mtime: "" },
      { name: "a", size: 3, mode: 2 ** 23 + 0o755, mtime: "", linkTarget: "" },
    );
    assert.equal(file.mtime, "2001-09-09T01:46:40.000Z");
    const root = await room.containers.statPath(id, "/", never);
    assert.equal(root.mode >= 2 ** 31, true);

    assert.match(await kindOf(get(id, "/nope")), /^not-found: Could not find the file \/nope in container/);
    assert.match(await kindOf(put(id, "/etc/passwd", tree)), /^(invalid-argument|not-found)/);
    const strict = { ...plain, noOverwriteDirNonDir: true };
    assert.match(
      await kindOf(put(id, "/", archiveOf({ name: "tmp", text: "" }), strict)),
      /^invalid-argument: cannot overwrite directory "\/tmp" with non-directory "tmp"/,
    );
    await room.containers.remove(id, { force: true, removeVolumes: true }, never);
    assert.deepEqual(
      (await readMounts()).filter((mount) => mount.target.includes(id)),
      [],
    );
  });
}

test("volumes and binds are where the container has them, running or not; read-only ones stay as they are", async () => {
  const bind = join(fixture.root, "bind");
  await mkdir(bind);
  const id = await create({
    Cmd: ["sleep", "1000"],
    HostConfig: { Binds: [`${bind}:/bound`, "keep:/data/kept:ro"] },
  });
  await put(id, "/bound", archiveOf({ name: "before", text: "1" }));
  assert.equal(await readFile(join(bind, "before"), "utf8"), "1");
  assert.match(await kindOf(put(id, "/data/kept", archiveOf({ name: "x", text: "" }))), /^forbidden/);
  await room.containers.start(id, never);
  await put(id, "/bound", archiveOf({ name: "after", text: "2" }));
  assert.equal(await readFile(join(bind, "after"), "utf8"), "2");
  assert.match(await kindOf(put(id, "/data/kept", archiveOf({ name: "x", text: "" }))), /^forbidden/);
  assert.match(await get(id, "/bound"), /bound\/after "2"\nfile 644 0:0 bound\/before "1"/);
});

test("hostile archives write nothing outside: dots, links to the host, links on the way", async () => {
  const outside = join(fixture.root, "outside");
  await mkdir(outside);
  await writeFile(join(outside, "canary"), "alive");
  for (const start of [true, false]) {
    const id = await create({ Cmd: ["sleep", "1000"] });
    if (start) await room.containers.start(id, never);
    const hostile = archiveOf(
      { name: `../../../../../../..${outside}/canary`, text: "dead" },
      { name: "out", type: "symlink", linkname: outside },
      { name: "out/canary", text: "dead" },
      { name: "up", type: "symlink", linkname: "../../../../../../../.." },
      { name: `up${outside}/canary`, text: "dead" },
      { name: "self", type: "symlink", linkname: "/proc/self/root" },
      { name: "fd", type: "symlink", linkname: "/proc/1/root" },
    );
    await kindOf(put(id, "/tmp", hostile));
    await kindOf(put(id, "/tmp", archiveOf({ name: `fd${outside}/canary`, text: "dead" })));
    await kindOf(
      put(id, "/tmp", archiveOf({ name: "stolen", type: "hardlink", linkname: `${outside}/canary` })),
    );
    assert.doesNotMatch(await get(id, "/tmp/stolen"), /alive/);
    assert.doesNotMatch(await kindOf(get(id, `/tmp/up${outside}/canary`)), /alive/);
    assert.equal(await readFile(join(outside, "canary"), "utf8"), "alive");
    await room.containers.remove(id, { force: true, removeVolumes: true }, never);
  }
});

test("a container that swaps a directory with a link all the time gains nothing from copies", async () => {
  const outside = join(fixture.root, "race");
  await mkdir(outside);
  await writeFile(join(outside, "canary"), "alive");
  const id = await create({
    Cmd: [
      "sh",
      "-c",
      `mkdir -p /tmp/real; ln -s ${outside} /tmp/evil; while true; do
         /bin/busybox mv /tmp/real /tmp/x; /bin/busybox mv /tmp/evil /tmp/x2 && /bin/busybox mv -T /tmp/x2 /tmp/real
         /bin/busybox mv -T /tmp/real /tmp/evil; /bin/busybox mv /tmp/x /tmp/real; done`,
    ],
  });
  await room.containers.start(id, never);
  const archive = archiveOf({ name: "canary", text: "dead" }, { name: "made", text: "dead" });
  const ends = new Set<string>();
  for (let i = 0; i < 250; i++) {
    ends.add((await kindOf(put(id, "/tmp/real", archive))).split(":")[0] ?? "");
    ends.add(
      (await kindOf(put(id, "/tmp", archiveOf({ name: "real/canary", text: "dead" })))).split(":")[0] ?? "",
    );
    const read = await kindOf(get(id, "/tmp/real/canary").then((text) => assert.doesNotMatch(text, /alive/)));
    assert.doesNotMatch(read, /AssertionError/);
  }
  await room.containers.remove(id, { force: true, removeVolumes: true }, never);
  assert.equal(await readFile(join(outside, "canary"), "utf8"), "alive");
  const names = await run({ argv: ["ls", outside], parse: (text) => text }, never);
  assert.equal(names, "canary\n");
  assert.ok(ends.size > 1, "the link was never met: the test shows nothing");
  for (const end of ends) assert.match(end, /^(done|not-found|conflict|invalid-argument)$/);
});

test("no program of the container is run to unpack what is copied in", async () => {
  const id = await create({ Cmd: ["sleep", "1000"] });
  const trap = "#!/bin/sh\necho ran > /tmp/trap\n";
  await put(
    id,
    "/",
    archiveOf(
      ...["usr/bin/xz", "bin/xz", "usr/bin/unpigz", "bin/gzip", "bin/tar"].map((name) => ({
        name,
        text: trap,
        mode: 0o755,
      })),
    ),
  );
  await room.containers.start(id, never);
  const packed = join(fixture.root, "packed.tar");
  await writeFile(packed, archiveOf({ name: "in", text: "x" }));
  await run({ argv: ["xz", "-f", packed], parse: () => {} }, never);
  await put(id, "/tmp", await readFile(`${packed}.xz`));
  assert.equal(await get(id, "/tmp/in"), 'file 644 0:0 in "x"');
  assert.match(await kindOf(get(id, "/tmp/trap")), /^not-found/);
  await rm(`${packed}.xz`);
});

test("a copy that nobody takes gives the container free again", async () => {
  const id = await create({ Cmd: ["true"] });
  const gone = new AbortController();
  await room.containers.readArchive(id, "/data", gone.signal);
  gone.abort();
  await room.containers.start(id, never);
});

test("stats: of a running container two samples, of a stopped one zeros", async () => {
  const id = await create({
    Cmd: ["sh", "-c", "while true; do :; done"],
    HostConfig: { Memory: 64 * 1024 * 1024, PidsLimit: 20 },
  });
  await room.containers.start(id, never);
  const samples = [];
  for await (const sample of await room.containers.stats(id, { stream: false, oneShot: false }, never)) {
    samples.push(sample);
  }
  const [sample] = samples;
  assert.ok(sample !== undefined && samples.length === 1);
  assert.equal(sample.memory_stats.limit, 64 * 1024 * 1024);
  assert.ok((sample.memory_stats.usage ?? 0) > 0);
  assert.deepEqual(sample.pids_stats, { current: 1, limit: 20 });
  assert.ok(sample.cpu_stats.cpu_usage.total_usage > sample.precpu_stats.cpu_usage.total_usage + 100_000_000);
  assert.ok((sample.cpu_stats.system_cpu_usage ?? 0) > (sample.precpu_stats.system_cpu_usage ?? 0));
  await room.containers.kill(id, "KILL", never);
  for await (const empty of await room.containers.stats(id, { stream: false, oneShot: false }, never)) {
    assert.deepEqual(empty.memory_stats, {});
    assert.equal(empty.id, id);
  }
});
