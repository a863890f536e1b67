// What a user of dockerode writes. Run by node-clients.root.test.ts where dockerode is installed; any failure ends it.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { PassThrough } from "node:stream";
import { buffer, text } from "node:stream/consumers";

const Docker = createRequire(`${process.cwd()}/`)("dockerode");
const docker = new Docker();
const followed = (stream) =>
  new Promise((resolve, reject) =>
    docker.modem.followProgress(stream, (error, lines) => (error ? reject(error) : resolve(lines))),
  );

assert.equal(String(await docker.ping()), "OK");
const lines = await followed(await docker.pull("busybox:latest"));
assert.match(lines.at(-1).status, /Status: (Downloaded newer image|Image is up to date)/);

const out = new PassThrough();
const [result, ran] = await docker.run("busybox", ["sh", "-c", "echo hello; exit 3"], out, { Tty: false });
assert.equal(result.StatusCode, 3);
await ran.remove();
console.log("ok run");

const box = await docker.createContainer({
  Image: "busybox",
  Cmd: ["sh", "-c", "echo up; exec sleep 1000"],
  name: "ode",
  ExposedPorts: { "80/tcp": {} },
  HostConfig: { PortBindings: { "80/tcp": [{ HostIp: "127.0.0.1", HostPort: "" }] } },
});
await box.start();
const state = await box.inspect();
assert.equal(state.State.Running, true);
assert.ok(Number(state.NetworkSettings.Ports["80/tcp"][0].HostPort) > 0);

const exec = await box.exec({ Cmd: ["cat"], AttachStdin: true, AttachStdout: true, AttachStderr: true });
const typed = await exec.start({ hijack: true, stdin: true });
const [stdout, stderr] = [new PassThrough(), new PassThrough()];
docker.modem.demuxStream(typed, stdout, stderr);
typed.on("end", () => stdout.end());
typed.end("through\n");
assert.equal(await text(stdout), "through\n");
assert.equal((await exec.inspect()).ExitCode, 0);
const plain = await (await box.exec({ Cmd: ["echo", "plain"], AttachStdout: true })).start({});
assert.match(await text(plain), /plain\n$/);
console.log("ok exec");

const logs = await box.logs({ stdout: true, stderr: true, follow: false });
assert.match(logs.toString(), /up\n$/);
const stats = await box.stats({ stream: false });
assert.ok(stats.memory_stats.usage > 0);
const archive = await box.getArchive({ path: "/etc/hostname" });
assert.ok((await buffer(archive)).length >= 1024);
const committed = await box.commit({ repo: "ode-committed", tag: "1" });
assert.match(committed.Id, /^sha256:|^[0-9a-f]{64}/);
await docker.getImage("ode-committed:1").remove();
console.log("ok logs, stats, archive, commit");

const seen = await docker.getEvents({ filters: { container: ["ode"], event: ["die"] } });
const died = new Promise((resolve) => seen.once("data", (data) => resolve(JSON.parse(data))));
await box.kill();
assert.equal((await died).Actor.Attributes.exitCode, "137");
seen.destroy();
await box.remove({ force: true });
await assert.rejects(box.inspect(), { statusCode: 404, reason: "no such container" });
console.log("ok events, remove");

const net = await docker.createNetwork({ Name: "ode-net" });
await net.remove();
const volume = await docker.createVolume({ Name: "ode-volume" });
await docker.getVolume("ode-volume").remove();
assert.equal(volume.Name ?? "ode-volume", "ode-volume");
console.log("ok end");
