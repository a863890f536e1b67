import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { ContainerCreateRequest, HostConfig } from "../../api/types/container.ts";
import { EngineError } from "../error.ts";
import { readMounts } from "../host/mount.ts";
import { makeRoomRoot, never, openRoom } from "./room-fixture.ts";

// What a container must not reach, whoever wrote its image and its request.

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

async function outputOf(request: ContainerCreateRequest): Promise<string> {
  const id = await create(request);
  const attach = { stdin: false, stdout: true, stderr: true, logs: false, stream: true };
  const session = await room.containers.attach(id, attach, never);
  try {
    await room.containers.start(id, never);
    let text = "";
    for await (const chunk of session.output) text += chunk.data;
    return text;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return `refused: ${error.message}`;
  } finally {
    await room.containers.remove(id, { force: true, removeVolumes: true }, never);
  }
}

async function execOutput(id: string, Cmd: readonly string[], WorkingDir?: string): Promise<string> {
  const request = { Cmd, AttachStdout: true, AttachStderr: true, ...(WorkingDir ? { WorkingDir } : {}) };
  const { Id } = await room.execs.create(id, request);
  const session = await room.execs.start(Id, { detach: false, tty: false }, never);
  let text = "";
  for await (const chunk of session?.output ?? []) text += chunk.data;
  return text;
}

/** The host's perl, as the image has nothing that opens sockets of any family. */
const withPerl: HostConfig = {
  Binds: ["/usr:/usr:ro", ...["/lib", "/lib64"].map((path) => `${path}:${path}:ro`)],
  CapDrop: ["NET_RAW"],
  SecurityOpt: ["no-new-privileges"],
  Ulimits: [{ Name: "nofile", Soft: 123, Hard: 456 }],
};

const families = `for $f (1, 2, 38, 40) { print socket($s, $f, $f == 38 ? 5 : 1, 0) ? "$f open\\n" : "$f $!\\n" }`;
const probes =
  "grep -E '^(CapEff|CapBnd|CapInh|CapAmb|NoNewPrivs|Seccomp):' /proc/self/status; ulimit -n; ulimit -Hn; ls /proc/self/fd | wc -l";

test("run and exec are confined alike: sockets, capabilities, seccomp, limits, descriptors", async () => {
  const expectedSockets = /^1 open\n2 open\n38 .*(permitted|supported).*\n40 .*(permitted|supported).*\n$/;
  assert.match(
    await outputOf({ Cmd: ["/usr/bin/perl", "-e", families], HostConfig: withPerl }),
    expectedSockets,
  );
  const inRun = await outputOf({ Cmd: ["sh", "-c", probes], HostConfig: withPerl });
  assert.equal(
    inRun.replace(/[ \t]+/g, " "),
    [
      "CapInh: 0000000000000000",
      "CapEff: 00000000a80405fb",
      "CapBnd: 00000000a80405fb",
      "CapAmb: 0000000000000000",
      "NoNewPrivs: 1",
      "Seccomp: 2",
      "123",
      "456",
      // 0, 1, 2 and the directory that is listed.
      "4",
      "",
    ].join("\n"),
  );
  const id = await create({ Cmd: ["sleep", "1000"], HostConfig: withPerl });
  await room.containers.start(id, never);
  assert.equal(await execOutput(id, ["sh", "-c", probes]), inRun);
  assert.match(await execOutput(id, ["/usr/bin/perl", "-e", families]), expectedSockets);
});

test("a working directory among the runtime's descriptors leads nowhere", async () => {
  const outside = join(fixture.root, "outside");
  await mkdir(outside);
  await writeFile(join(outside, "canary"), "alive");
  const up = "../".repeat(12);
  const look = ["sh", "-c", `cat ${up}${outside.slice(1)}/canary; ls ${up}etc/hostname`];
  const id = await create({ Cmd: ["sleep", "1000"] });
  await room.containers.start(id, never);
  for (let n = 3; n < 15; n++) {
    const text = await outputOf({ Cmd: look, WorkingDir: `/proc/self/fd/${n}` });
    assert.doesNotMatch(text, /alive/, `run, descriptor ${n}`);
    assert.doesNotMatch(
      await execOutput(id, look, `/proc/self/fd/${n}`).catch((error: unknown) => String(error)),
      /alive/,
      `exec, descriptor ${n}`,
    );
  }
});

test("users out of range are refused, by request and by exec", async () => {
  for (const User of ["2147483648", "4294967295", "4294967296", "0:4294967296", "-1"]) {
    const text = await outputOf({ Cmd: ["id", "-u"], User });
    assert.match(text, /^refused: /, User);
  }
  assert.equal(await outputOf({ Cmd: ["id", "-u"], User: "2147483647" }), "2147483647\n");
});

test("what of /proc and /sys tells of the host, or changes it, is masked or read-only", async () => {
  const script = `for f in /proc/kcore /proc/keys /proc/timer_list /proc/interrupts; do [ -e $f ] && wc -c < $f; done
    ls /sys/firmware /proc/acpi /proc/scsi 2>/dev/null | grep -v : | grep -c .
    for f in /proc/sys/kernel/hostname /proc/sysrq-trigger /sys/kernel/mm/ksm/run; do [ -e $f ] && (echo x > $f) && echo "wrote $f"; done
    mount -t tmpfs none /tmp && echo mounted; true`;
  const text = await outputOf({ Cmd: ["sh", "-c", script] });
  assert.doesNotMatch(text, /wrote|mounted/);
  assert.match(text, /^(0\n)+0\n/);
});

test("inspect names the execs that run", async () => {
  const id = await create({ Cmd: ["sleep", "1000"] });
  await room.containers.start(id, never);
  const { Id } = await room.execs.create(id, { Cmd: ["sleep", "1000"] });
  await room.execs.start(Id, { detach: true, tty: false }, never);
  assert.deepEqual((await room.containers.inspect(id, { size: false })).ExecIDs, [Id]);
});

test("a path in a volume is mounted alone; links in the volume lead nowhere else", async () => {
  const outside = join(fixture.root, "beside");
  await mkdir(outside);
  await writeFile(join(outside, "canary"), "alive");
  const fill = `mkdir -p /v/a/b; echo inner > /v/a/b/file; ln -s a/b /v/good; ln -s ${outside} /v/evil; ln -s ../../../.. /v/up`;
  await outputOf({
    Cmd: [
      "sh",
      "-c",
      `/bin/busybox ${fill.replaceAll("; ", "; /bin/busybox ").replaceAll("/bin/busybox echo", "echo")}`,
    ],
    HostConfig: { Binds: ["shared:/v"] },
  });
  const mounted = (Subpath: string) =>
    outputOf({
      Cmd: ["sh", "-c", "ls /m; cat /m/file /m/canary"],
      HostConfig: {
        Mounts: [{ Type: "volume", Source: "shared", Target: "/m", VolumeOptions: { Subpath } }],
      },
    });
  assert.match(await mounted("a/b"), /^file\n/);
  assert.match(await mounted("good"), /inner/);
  assert.match(await mounted("evil"), /^refused: cannot access path evil of volume "shared"/);
  assert.doesNotMatch(await mounted("up"), /alive/);
  assert.deepEqual(
    (await readMounts()).filter((mount) => mount.target.startsWith(join(fixture.root, "run"))),
    (await readMounts()).filter(
      (mount) => mount.target.endsWith("/rootfs") && mount.target.startsWith(fixture.root),
    ),
  );
  await assert.rejects(mounted("../a"), /subpath must be a relative path within the volume/);
});
