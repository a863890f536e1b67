import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { ContainerCreateRequest } from "../../api/types/container.ts";
import { EngineError } from "../error.ts";
import { instanceId } from "../host/instance.ts";
import { readMounts } from "../host/mount.ts";
import type { AttachSession } from "./ports.ts";
import { makeRoomRoot, never, openRoom } from "./room-fixture.ts";

type OpenRoom = Awaited<ReturnType<typeof openRoom>>;

let fixture: Awaited<ReturnType<typeof makeRoomRoot>>;
let room: OpenRoom;

before(async () => {
  fixture = await makeRoomRoot();
  room = await openRoom(fixture.root);
});

after(async () => {
  await room.stop();
  await fixture[Symbol.asyncDispose]();
});

const attachAll = { stdin: true, stdout: true, stderr: true, logs: false, stream: true };

async function create(request: ContainerCreateRequest, name?: string): Promise<string> {
  const { Id } = await room.containers.create(name, { Image: "busybox", ...request }, undefined, never);
  return Id;
}

async function text(session: Pick<AttachSession, "output">): Promise<string> {
  let all = "";
  for await (const chunk of session.output) all += `${chunk.stream === 2 ? "!" : ""}${chunk.data}`;
  return all;
}

/** attach, wait, start: as the docker command does. */
async function runToEnd(
  request: ContainerCreateRequest,
): Promise<{ output: string; code: number; id: string }> {
  const id = await create(request);
  const session = await room.containers.attach(id, { ...attachAll, stdin: false }, never);
  const { exit } = await room.containers.wait(id, "next-exit", never);
  await room.containers.start(id, never);
  const output = await text(session);
  const { StatusCode } = await exit;
  return { output, code: StatusCode, id };
}

async function waitForOutput(session: AttachSession, wanted: RegExp): Promise<string> {
  let all = "";
  for await (const chunk of session.output) {
    all += chunk.data;
    if (wanted.test(all)) return all;
  }
  throw new Error(`the output ended without ${wanted}: ${JSON.stringify(all)}`);
}

async function logText(id: string, tail?: number): Promise<string> {
  const options = { stdout: true, stderr: true, follow: false, since: 0, until: 0, tail };
  const { chunks } = await room.containers.logs(id, options, never);
  return text({ output: chunks });
}

test("a container runs: output, both streams, exit code, state", async () => {
  const { output, code, id } = await runToEnd({ Cmd: ["sh", "-c", "echo out; echo err >&2; exit 7"] });
  assert.equal(code, 7);
  assert.deepEqual(output.split("\n").sort(), ["", "!err", "out"]);
  const inspect = await room.containers.inspect(id, { size: false });
  assert.equal(inspect.State.Status, "exited");
  assert.equal(inspect.State.ExitCode, 7);
  assert.match(inspect.State.FinishedAt, /^20.*\.[0-9]{9}Z$/);
  const rows = await room.containers.list({
    all: true,
    limit: undefined,
    size: false,
    filters: { exited: ["7"] },
  });
  assert.match(
    rows.find((row) => row.Id === id)?.Status ?? "",
    /^Exited \(7\) (Less than a second|[0-9]+ seconds?) ago$/,
  );
  assert.equal(await logText(id), output);
});

test("nothing is left of a run that ended", async () => {
  const { id } = await runToEnd({ Cmd: ["true"] });
  assert.deepEqual(
    (await readMounts()).filter((mount) => mount.target.includes(id)),
    [],
  );
  assert.deepEqual(await readdir(join(fixture.root, "exits")), []);
  assert.deepEqual(await readdir(join(fixture.root, "run", "c")), []);
});

test("environment, working directory, user and groups are the image's and the request's", async () => {
  const { output } = await runToEnd({
    Cmd: ["sh", "-c", "echo $FROM_IMAGE $MINE; id; readlink /proc/self/cwd; hostname"],
    Env: ["MINE=2"],
    User: "web",
    WorkingDir: "/made/here",
    Hostname: "box",
    HostConfig: { GroupAdd: ["7"] },
  });
  assert.equal(output, "1 2\nuid=1000(web) gid=1000(web) groups=7,29(audio),1000(web)\n/made/here\nbox\n");
});

test("capabilities, seccomp and masks are Docker's", async () => {
  const script =
    "grep -E 'Cap(Inh|Eff|Amb)|Seccomp:' /proc/self/status; cat /proc/kcore | wc -c; touch /proc/sys/x; mount -t tmpfs x /tmp";
  const { output } = await runToEnd({ Cmd: ["sh", "-c", script] });
  assert.match(output, /CapInh:\t0{16}\n/);
  assert.match(output, /CapEff:\t00000000a80425fb\n/);
  assert.match(output, /CapAmb:\t0{16}\n/);
  assert.match(output, /Seccomp:\t2\n/);
  assert.match(output, /^0$/m);
  assert.match(output, /mount: permission denied|Operation not permitted/);
});

test("stdin: what is written arrives, the half-close ends cat", async () => {
  const id = await create({ Cmd: ["cat"], OpenStdin: true, StdinOnce: true, AttachStdin: true });
  const session = await room.containers.attach(id, attachAll, never);
  session.stdin?.write("before the start\n");
  const { exit } = await room.containers.wait(id, "next-exit", never);
  await room.containers.start(id, never);
  session.stdin?.end("and after\n");
  assert.equal(await text(session), "before the start\nand after\n");
  assert.equal((await exit).StatusCode, 0);
});

test("a terminal: size, resize, Ctrl-C, exit code", async () => {
  const script = "trap 'stty size; exit 5' INT; stty size; echo ready; while :; do sleep 0.05; done";
  const id = await create({
    Cmd: ["sh", "-c", script],
    Tty: true,
    OpenStdin: true,
    HostConfig: { ConsoleSize: [30, 100] },
  });
  const session = await room.containers.attach(id, attachAll, never);
  const follow = await room.containers.attach(id, { ...attachAll, stdin: false }, never);
  await room.containers.start(id, never);
  assert.match(await waitForOutput(follow, /ready/), /30 100\r\n/);
  await room.containers.resize(id, { height: 41, width: 123 });
  const { exit } = await room.containers.wait(id, "not-running", never);
  session.stdin?.write("\x03");
  assert.equal((await exit).StatusCode, 5);
  assert.match(await text(session), /41 123\r\n/);
});

test("exec with pipes: input, both streams, exit code", async () => {
  const id = await create({ Cmd: ["sleep", "1000"] });
  await room.containers.start(id, never);
  const { Id } = await room.execs.create(id, {
    Cmd: ["sh", "-c", "cat; echo err >&2; echo $FROM_IMAGE $X; exit 3"],
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Env: ["X=y"],
  });
  const session = await room.execs.start(Id, { detach: false, tty: false }, never);
  session?.stdin?.end("typed\n");
  const output = await text(session!);
  assert.deepEqual(output.split("\n").sort(), ["", "!err", "1 y", "typed"]);
  assert.equal((await room.execs.inspect(Id)).ExitCode, 3);
});

test("exec with a terminal: size, resize, input, exit code", async () => {
  const id = await create({ Cmd: ["sleep", "1000"] });
  await room.containers.start(id, never);
  const { Id } = await room.execs.create(id, {
    Cmd: [
      "sh",
      "-c",
      "stty size; read x; echo got $x; trap 'stty size; exit 9' WINCH; echo ready; while :; do sleep 0.05; done",
    ],
    AttachStdin: true,
    AttachStdout: true,
    Tty: true,
  });
  const session = await room.execs.start(Id, { detach: false, tty: true, consoleSize: [20, 80] }, never);
  session?.stdin?.write("word\n");
  let output = "";
  for await (const chunk of session?.output ?? []) {
    output += chunk.data;
    if (/ready\r\n$/.test(output)) await room.execs.resize(Id, { height: 50, width: 150 });
  }
  assert.match(output, /20 80\r\n.*got word\r\n.*50 150\r\n$/s);
  const inspect = await room.execs.inspect(Id);
  assert.equal(inspect.ExitCode, 9);
  assert.equal(inspect.Running, false);
});

test("exec of a program that is not there", async () => {
  const id = await create({ Cmd: ["sleep", "1000"] });
  await room.containers.start(id, never);
  const tty = await room.execs.create(id, { Cmd: ["nope"], Tty: true, AttachStdout: true });
  await assert.rejects(
    room.execs.start(tty.Id, { detach: false, tty: true }, never),
    /OCI runtime exec failed/,
  );
  const pipes = await room.execs.create(id, { Cmd: ["nope"], AttachStdout: true, AttachStderr: true });
  const session = await room.execs.start(pipes.Id, { detach: false, tty: false }, never);
  assert.match(await text(session!), /nope/);
  assert.equal((await room.execs.inspect(pipes.Id)).ExitCode, 127);
});

test("stop sends the stop signal, then kills", async () => {
  const script = "trap 'echo bye; exit 4' USR1; echo ready; while :; do sleep 0.05; done";
  const id = await create({ Cmd: ["sh", "-c", script], StopSignal: "SIGUSR1" });
  const session = await room.containers.attach(id, { ...attachAll, stdin: false }, never);
  await room.containers.start(id, never);
  await waitForOutput(session, /ready/);
  await room.containers.stop(id, {}, never);
  assert.equal((await room.containers.inspect(id, { size: false })).State.ExitCode, 4);
  await assert.rejects(room.containers.stop(id, {}, never), { kind: "not-modified" });

  const stubborn = await create({ Cmd: ["sleep", "1000"] });
  await room.containers.start(stubborn, never);
  await assert.rejects(room.containers.start(stubborn, never), { kind: "not-modified" });
  await room.containers.stop(stubborn, { timeoutSeconds: 0 }, never);
  assert.equal((await room.containers.inspect(stubborn, { size: false })).State.ExitCode, 137);
});

test("pause, unpause, kill, rename, remove", async () => {
  const id = await create({ Cmd: ["sleep", "1000"] }, "first");
  await room.containers.start(id, never);
  await room.containers.pause(id, never);
  assert.equal((await room.containers.inspect("first", { size: false })).State.Status, "paused");
  await room.containers.unpause(id, never);
  await assert.rejects(create({}, "first"), {
    kind: "conflict",
    message: `Conflict. The container name "/first" is already in use by container "${id}". You have to remove (or rename) that container to be able to reuse that name.`,
  });
  await room.containers.rename("first", "second");
  await assert.rejects(room.containers.remove("second", { force: false, removeVolumes: false }, never), {
    kind: "conflict",
    message:
      'cannot remove container "/second": container is running: stop the container before removing or force remove',
  });
  await room.containers.kill("second", "9", never);
  const { exit } = await room.containers.wait("second", "removed", never);
  await room.containers.remove("/second", { force: false, removeVolumes: false }, never);
  assert.equal((await exit).StatusCode, 137);
  await assert.rejects(room.containers.inspect("second", { size: false }), {
    message: "No such container: second",
  });
});

test("an AutoRemove container is gone after its end, with its anonymous volume", async () => {
  const id = await create({ Cmd: ["true"], Volumes: { "/data": {} }, HostConfig: { AutoRemove: true } });
  const { exit } = await room.containers.wait(id, "removed", never);
  assert.equal((await room.volumes.backend.list({})).length, 1);
  await room.containers.start(id, never);
  assert.equal((await exit).StatusCode, 0);
  await assert.rejects(room.containers.inspect(id, { size: false }), { kind: "not-found" });
  assert.equal((await room.volumes.backend.list({})).length, 0);
});

test("volumes: the image's content comes first, data stays, use is a conflict", async () => {
  const first = await runToEnd({
    Cmd: ["sh", "-c", "cat /data/seed; echo mine > /data/own"],
    HostConfig: { Binds: ["shared:/data"] },
  });
  assert.equal(first.output, "from the image\n");
  const second = await runToEnd({ Cmd: ["cat", "/data/own"], HostConfig: { Binds: ["shared:/data:ro"] } });
  assert.equal(second.output, "mine\n");
  await assert.rejects(room.volumes.backend.remove("shared", { force: false }), {
    kind: "conflict",
    message: `remove shared: volume is in use - [${first.id}, ${second.id}]`,
  });
  for (const id of [first.id, second.id])
    await room.containers.remove(id, { force: false, removeVolumes: true }, never);
  await room.volumes.backend.remove("shared", { force: false });
});

test("binds, tmpfs and read-only roots", async () => {
  const file = join(fixture.root, "host-file");
  await writeFile(file, "of the host\n");
  const { output } = await runToEnd({
    Cmd: ["sh", "-c", "cat /file; touch /file2 2>/dev/null || echo ro; touch /t/x && echo tmp"],
    HostConfig: { Binds: [`${file}:/file:ro`], Tmpfs: { "/t": "size=1m" }, ReadonlyRootfs: true },
  });
  assert.equal(output, "of the host\nro\ntmp\n");
  await assert.rejects(
    create({ HostConfig: { Mounts: [{ Type: "bind", Source: "/no/such", Target: "/x" }] } }),
    /bind source path does not exist: \/no\/such/,
  );
});

test("limits reach the cgroup", async () => {
  const id = await create({
    Cmd: ["sleep", "1000"],
    HostConfig: { Memory: 32 * 1024 * 1024, PidsLimit: 50, NanoCpus: 5e8 },
  });
  await room.containers.start(id, never);
  const { State } = await room.containers.inspect(id, { size: false });
  const cgroups = await readFile(`/proc/${State.Pid}/cgroup`, "utf8");
  const read = async (controller: string, file: string) => {
    const path = new RegExp(`:${controller}:(.*)`).exec(cgroups)?.[1] ?? "";
    return (await readFile(`/sys/fs/cgroup/${controller}${path}/${file}`, "utf8")).trim();
  };
  assert.equal(await read("memory", "memory.limit_in_bytes"), String(32 * 1024 * 1024));
  assert.equal(await read("pids", "pids.max"), "50");
  await room.containers.update(id, { PidsLimit: 60 }, never);
  assert.equal(await read("pids", "pids.max"), "60");
});

test("restart policies", async () => {
  const id = await create({
    Cmd: ["sh", "-c", "echo again; exit 2"],
    HostConfig: { RestartPolicy: { Name: "on-failure", MaximumRetryCount: 2 } },
  });
  const { exit } = await room.containers.wait(id, "removed", never);
  await room.containers.start(id, never);
  const { exit: stopped } = await room.containers.wait(id, "not-running", never);
  assert.equal((await stopped).StatusCode, 2);
  assert.equal((await room.containers.inspect(id, { size: false })).RestartCount, 2);
  assert.equal(await logText(id), "again\nagain\nagain\n");
  await room.containers.remove(id, { force: false, removeVolumes: false }, never);
  await exit;
});

test("health checks", async () => {
  const controller = new AbortController();
  const id = await create({
    Cmd: ["sh", "-c", "sleep 0.3; touch /tmp/up; sleep 1000"],
    Healthcheck: { Test: ["CMD-SHELL", "ls /tmp/up"], Interval: 100e6, Retries: 50 },
  });
  const events = room.events.subscribe(
    { since: 0, until: 0, filters: { event: ["health_status: healthy"], container: [id] } },
    controller.signal,
  );
  await room.containers.start(id, never);
  assert.match(
    (await room.containers.list({ all: false, limit: undefined, size: false, filters: { id: [id] } }))[0]
      ?.Status ?? "",
    /\(health: starting\)$/,
  );
  for await (const _ of events) break;
  controller.abort();
  const { State } = await room.containers.inspect(id, { size: false });
  assert.equal(State.Health?.Status, "healthy");
  assert.equal(State.Health?.Log.at(-1)?.Output, "/tmp/up\n");
});

test("a command that is not there: start fails, the container stays as created", async () => {
  const id = await create({ Cmd: ["/no/such/program"] });
  await assert.rejects(room.containers.start(id, never), (error) => {
    assert.ok(error instanceof EngineError);
    assert.match(error.message, /no\/such\/program/);
    return true;
  });
  const { State } = await room.containers.inspect(id, { size: false });
  assert.equal(State.Status, "created");
  assert.equal(State.ExitCode, 127);
  assert.deepEqual(
    (await readMounts()).filter((mount) => mount.target.includes(id)),
    [],
  );
});

test("a container that the OCI runtime cannot make leaves no cgroup", async () => {
  const id = await create({ Cmd: ["true"], HostConfig: { Sysctls: { "kernel.shmmax": "none" } } });
  await assert.rejects(room.containers.start(id, never), /OCI runtime create failed/);
  const group = `berth-${instanceId(fixture.root)}/${id}`;
  const places = ["", "cpuset", "memory", "pids"].map((hierarchy) =>
    join("/sys/fs/cgroup", hierarchy, group),
  );
  assert.deepEqual(
    places.filter((place) => existsSync(place)),
    [],
  );
});

test("requests that cannot be fulfilled are refused by name", async () => {
  const refused = async (request: ContainerCreateRequest, message: RegExp) => {
    await assert.rejects(create(request), (error) => {
      assert.ok(error instanceof EngineError, String(error));
      assert.match(error.message, message);
      return true;
    });
  };
  await refused({ Image: "nope" }, /^No such image: nope:latest$/);
  await refused({ HostConfig: { UsernsMode: "private" } }, /UsernsMode/);
  await refused({ HostConfig: { CapAdd: ["NOPE"] } }, /invalid capability: "NOPE"/);
  await refused({ HostConfig: { Memory: 1024 } }, /Minimum memory limit allowed is 6MB/);
  await refused({ HostConfig: { Binds: ["a:relative"] } }, /mount path must be absolute/);
  await refused({ HostConfig: { SecurityOpt: ["apparmor=mine"] } }, /apparmor=mine/);
  await assert.rejects(
    room.containers.create("-x", { Image: "busybox" }, undefined, never),
    /Invalid container name/,
  );
  assert.deepEqual(
    (await readdir(join(fixture.root, "containers"))).filter((name) => name.includes("tmp")),
    [],
  );
});

test("a build step runs as child and leaves nothing", async () => {
  const rootfs = join(fixture.root, "base");
  const step = await room.steps.run(
    {
      id: "step1",
      rootfs,
      args: ["sh", "-c", "echo hi; echo no >&2; cat /etc/hosts; exit 3"],
      env: ["PATH=/bin"],
      cwd: "/",
      user: "",
      networkMode: "host",
      mounts: [],
    },
    never,
  );
  const out = (await step.stdout.toArray()).join("");
  assert.match(out, /^hi\n127.0.0.1 localhost/);
  assert.equal(await step.exited, 3);
  assert.deepEqual((await readdir(join(rootfs, "etc"))).sort(), ["group", "passwd"]);
  assert.deepEqual((await readdir(rootfs)).sort(), ["bin", "data", "etc", "tmp"]);

  const controller = new AbortController();
  const long = await room.steps.run(
    {
      id: "step2",
      rootfs,
      args: ["sleep", "1000"],
      env: ["PATH=/bin"],
      cwd: "/",
      user: "",
      networkMode: "host",
      mounts: [],
    },
    controller.signal,
  );
  controller.abort();
  await long.exited;
  assert.deepEqual(await readdir(join(fixture.root, "run", "s")), []);
});
