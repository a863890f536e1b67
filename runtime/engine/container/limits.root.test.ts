import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { ContainerCreateRequest, HostConfig } from "../../api/types/container.ts";
import { readMounts } from "../host/mount.ts";
import { makeRoomRoot, never, openRoom } from "./room-fixture.ts";

// What a request says of limits, namespaces and runtimes, seen in the kernel.

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

async function create(HostConfig: HostConfig, more: ContainerCreateRequest = {}): Promise<string> {
  const request = { Image: "busybox", Cmd: ["sleep", "1000"], ...more, HostConfig };
  return (await room.containers.create(undefined, request, undefined, never)).Id;
}

async function start(HostConfig: HostConfig, more: ContainerCreateRequest = {}): Promise<string> {
  const id = await create(HostConfig, more);
  await room.containers.start(id, never);
  return id;
}

async function inside(id: string, script: string): Promise<string> {
  const request = { Cmd: ["sh", "-c", script], AttachStdout: true, AttachStderr: true };
  const { Id } = await room.execs.create(id, request);
  const session = await room.execs.start(Id, { detach: false, tty: false }, never);
  let text = "";
  for await (const chunk of session?.output ?? []) text += chunk.data;
  return text.trim();
}

/** A control file of the container's group as it sees it: `memory/limit` of v1, or the file of v2. */
function control(id: string, v1: string, v2: string): Promise<string> {
  return inside(id, `cat /sys/fs/cgroup/${room.host.cgroups === "unified" ? v2 : v1}`);
}

const isUnified = () => room.host.cgroups === "unified";
const MiB = 1024 * 1024;

test("limits arrive in the control group, at the start and by update", async () => {
  const id = await start({ Memory: 64 * MiB, PidsLimit: 50, NanoCpus: 5e8, CpusetCpus: "0" });
  assert.equal(await control(id, "memory/memory.limit_in_bytes", "memory.max"), String(64 * MiB));
  assert.equal(await control(id, "pids/pids.max", "pids.max"), "50");
  assert.equal(await control(id, "cpuset/cpuset.cpus", "cpuset.cpus"), "0");
  const quota = await control(id, "cpu/cpu.cfs_quota_us", "cpu.max");
  assert.match(quota, /^50000( 100000)?$/);
  const { HostConfig } = await room.containers.inspect(id, { size: false });
  assert.equal(HostConfig.MemorySwap, room.host.hasSwapLimit ? 128 * MiB : 0);

  await room.containers.update(id, { Memory: 32 * MiB, PidsLimit: 60 }, never);
  assert.equal(await control(id, "memory/memory.limit_in_bytes", "memory.max"), String(32 * MiB));
  assert.equal(await control(id, "pids/pids.max", "pids.max"), "60");
  if (room.host.hasSwapLimit) {
    await assert.rejects(
      room.containers.update(id, { Memory: 512 * MiB }, never),
      /smaller than already set memoryswap limit/,
    );
  }
  await assert.rejects(room.containers.update(id, { CgroupParent: "/x" }, never), /CgroupParent .* cannot/);
});

test("input and output of a block device are limited by its path", async () => {
  const BlkioDeviceReadBps = [{ Path: "/dev/loop0", Rate: 1_048_576 }];
  await stat("/dev/loop0");
  const { Warnings } = await room.containers.create(
    "throttled",
    { Image: "busybox", Cmd: ["sleep", "1000"], HostConfig: { BlkioDeviceReadBps } },
    undefined,
    never,
  );
  if (!room.host.hasBlkioThrottle) return assert.match(Warnings.join(), /BPS Block I\/O read limit/);
  assert.deepEqual(Warnings, []);
  await room.containers.start("throttled", never);
  assert.match(
    await control("throttled", "blkio/blkio.throttle.read_bps_device", "io.max"),
    /^7:0 (1048576$|rbps=1048576 )/,
  );
  for (const Path of ["/dev/null", "/dev/nothing", "/etc"]) {
    await assert.rejects(create({ BlkioDeviceWriteIOps: [{ Path, Rate: 10 }] }), {
      kind: "invalid-argument",
    });
  }
});

test("a group's parent is below the host's root, wherever its name points", async () => {
  const parent = `berth-test-${process.pid}`;
  const id = await start({ CgroupParent: `../../${parent}` });
  const { State } = await room.containers.inspect(id, { size: false });
  const { readFile, rmdir } = await import("node:fs/promises");
  assert.match(await readFile(`/proc/${State.Pid}/cgroup`, "utf8"), new RegExp(`:/${parent}/${id}\n`));
  await room.containers.remove(id, { force: true, removeVolumes: true }, never);
  const roots = isUnified() ? [""] : ["memory", "pids", "cpu", "cpuset", "blkio", "devices", "freezer"];
  // The group is empty again: nothing of the container keeps it.
  for (const root of roots) await rmdir(join("/sys/fs/cgroup", root, parent)).catch(ignoreAbsent);
  for (const more of ["cpuacct", "systemd", "unified", "perf_event", "net_cls", "net_prio", "hugetlb"]) {
    await rmdir(join("/sys/fs/cgroup", more, parent)).catch(ignoreAbsent);
  }
});

function ignoreAbsent(error: NodeJS.ErrnoException): void {
  if (!["ENOENT", "ENOTDIR"].includes(error.code ?? "")) throw error;
}

test("shared memory is a container's own, or that of one that shares it; private it cannot be joined", async () => {
  const donor = await start({ IpcMode: "shareable", ShmSize: 8 * MiB });
  const guest = await start({ IpcMode: `container:${donor}` });
  await inside(donor, "echo from the donor > /dev/shm/note");
  assert.equal(await inside(guest, "cat /dev/shm/note"), "from the donor");
  assert.equal(
    await inside(donor, "readlink /proc/self/ns/ipc"),
    await inside(guest, "readlink /proc/self/ns/ipc"),
  );
  assert.match(await inside(guest, "grep ' /dev/shm ' /proc/mounts"), /nosuid.*size=8192k/);

  const own = await start({});
  assert.equal(await inside(own, "ls /dev/shm"), "");
  const late = await create({ IpcMode: `container:${own}` });
  await assert.rejects(room.containers.start(late, never), /non-shareable IPC/);
  const none = await start({ IpcMode: "none" });
  assert.equal(await inside(none, "grep -c ' /dev/shm ' /proc/mounts"), "0");

  // The donor ends before its guest: what is shared stays where it is used, and nowhere else.
  await room.containers.remove(donor, { force: true, removeVolumes: true }, never);
  assert.equal(await inside(guest, "cat /dev/shm/note"), "from the donor");
  assert.deepEqual(
    (await readMounts()).filter(({ target }) => target.includes(donor)),
    [],
  );
});

test("a seccomp profile of the user's own is in force, in run and exec", async () => {
  const denied = { names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 95 };
  const profile = JSON.stringify({ defaultAction: "SCMP_ACT_ALLOW", syscalls: [denied] });
  const id = await start({ SecurityOpt: [`seccomp=${profile}`] });
  assert.match(await inside(id, "/bin/busybox mkdir /tmp/x"), /not supported/);
  const free = await start({ SecurityOpt: ["seccomp=unconfined"] });
  assert.match(await inside(free, "grep Seccomp: /proc/self/status"), /0$/);
  await assert.rejects(create({ SecurityOpt: ["seccomp={"] }), /Decoding seccomp profile failed/);
});

test("the runtime is the one that was asked for, and stays the container's", async () => {
  for (const { name } of room.host.runtimes) {
    const id = await start({ Runtime: name });
    assert.equal((await room.containers.inspect(id, { size: false })).HostConfig.Runtime, name);
    const state = name === "runc" ? `/run/runc/${id}/state.json` : `/run/crun/${id}/status`;
    await stat(state);
    assert.equal(await inside(id, "echo in"), "in");
    await room.containers.pause(id, never);
    await room.containers.unpause(id, never);
    await room.containers.remove(id, { force: true, removeVolumes: true }, never);
    await assert.rejects(stat(state), { code: "ENOENT" });
  }
  await assert.rejects(create({ Runtime: "kata" }), /unknown or invalid runtime name: kata/);
});

test("kernel parameters: the container's own are set, the host's refused", async () => {
  const id = await start({ Sysctls: { "kernel.shmmax": "123456", "fs.mqueue.msg_max": "20" } });
  assert.equal(await inside(id, "cat /proc/sys/kernel/shmmax /proc/sys/fs/mqueue/msg_max"), "123456\n20");
  for (const [name, mode] of [
    ["kernel.panic", "none"],
    ["vm.swappiness", "none"],
    ["kernel.shmmax/../panic", "none"],
    ["net.ipv4.ip_forward", "host"],
  ] as const) {
    await assert.rejects(create({ Sysctls: { [name]: "1" }, NetworkMode: mode }), /sysctl/, name);
  }
});
