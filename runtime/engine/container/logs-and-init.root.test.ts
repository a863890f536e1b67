import assert from "node:assert/strict";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { ContainerCreateRequest } from "../../api/types/container.ts";
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

const all = { stdout: true, stderr: true, since: 0, until: 0, tail: undefined };

async function numbers(id: string, options: { follow: boolean; tail?: number }): Promise<number[]> {
  const { chunks } = await room.containers.logs(id, { ...all, ...options }, never);
  let text = "";
  for await (const chunk of chunks) text += chunk.data.toString("latin1");
  return text.trim() === "" ? [] : text.trim().split("\n").map(Number);
}

function config(size: string, files: string) {
  return { LogConfig: { Type: "json-file", Config: { "max-size": size, "max-file": files } } };
}

test("a log is rotated while it is written, kept to its limit, and followed without a gap", async () => {
  // Pauses, so that the engine keeps up with the writer: what is kept is bounded, what is followed is all of it.
  const script =
    "i=0; while [ $i -lt 30 ]; do seq $((i*400+1)) $((i*400+400)); i=$((i+1)); /bin/busybox usleep 120000; done";
  const id = await create({ Cmd: ["sh", "-c", script], HostConfig: config("32k", "3") });
  await room.containers.start(id, never);
  const followed = await numbers(id, { follow: true });
  assert.deepEqual(
    followed,
    Array.from({ length: 12_000 }, (_, i) => i + 1),
  );

  const directory = join(fixture.root, "containers", id);
  const names = (await readdir(directory)).filter((name) => name.startsWith("log")).sort();
  assert.deepEqual(names, ["log", "log.1", "log.2"]);
  for (const name of names) assert.ok((await stat(join(directory, name))).size < 3 * 32 * 1024);
  const kept = await numbers(id, { follow: false });
  assert.ok(kept.length > 1000 && kept.length < 10_000, String(kept.length));
  assert.deepEqual(
    kept,
    Array.from({ length: kept.length }, (_, i) => 12_000 - kept.length + i + 1),
  );
  assert.deepEqual(await numbers(id, { follow: false, tail: kept.length - 10 }), kept.slice(10));

  await room.containers.start(id, never);
  await room.containers.kill(id, "KILL", never);
  await room.containers.remove(id, { force: true, removeVolumes: true }, never);
  await assert.rejects(stat(directory));
});

test("logging off: who is attached sees the output, nobody can ask for it later", async () => {
  const id = await create({ Cmd: ["echo", "seen"], HostConfig: { LogConfig: { Type: "none", Config: {} } } });
  const attach = { stdin: false, stdout: true, stderr: true, logs: false, stream: true };
  const session = await room.containers.attach(id, attach, never);
  await room.containers.start(id, never);
  let text = "";
  for await (const chunk of session.output) text += chunk.data;
  assert.equal(text, "seen\n");
  await assert.rejects(numbers(id, { follow: false }), /configured logging driver does not support reading/);
});

test("--init: an init process that reaps and cannot be written to; inspect shows the program", async () => {
  const script = "exec 2>&1; cat /proc/1/comm; echo x > /sbin/docker-init; readlink /proc/1/exe";
  const id = await create({ Cmd: ["sh", "-c", script], HostConfig: { Init: true } });
  const attach = { stdin: false, stdout: true, stderr: true, logs: false, stream: true };
  const session = await room.containers.attach(id, attach, never);
  await room.containers.start(id, never);
  let text = "";
  for await (const chunk of session.output) text += chunk.data;
  assert.match(text, /^docker-init\n[\s\S]*Read-only file system\n\/sbin\/docker-init\n$/);
  assert.equal((await room.containers.inspect(id, { size: false })).Path, "sh");
});
