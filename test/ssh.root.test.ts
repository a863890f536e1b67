import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { promisify } from "node:util";
import { packBuild, sourceOf } from "../client/commands/image/build-context.ts";
import { EngineConnection } from "../client/connections/engine-connection.ts";
import { openSshHost } from "../client/connections/ssh.ts";
import { resolveSshHost } from "../client/connections/ssh-config.ts";
import { readSshConfig } from "../client/connections/ssh-config-file.ts";
import type { SshError } from "../client/connections/ssh-error.ts";
import { type SshPrompts, silentPrompts, type UnknownHostKey } from "../client/connections/ssh-prompts.ts";
import { openSshSession, type SshSession } from "../client/connections/ssh-session.ts";
import { type SshHost, startSshHost } from "./harness/ssh-host.ts";

// Real sshd in a network namespace; needs root, and the engine's bundle in dist/.

const project = path.dirname(import.meta.dirname);

let host: SshHost;
let knownHosts: string;
const signal = AbortSignal.timeout(120_000);

beforeEach(async () => {
  host = await startSshHost();
  knownHosts = path.join(host.home, "known_hosts");
  const config = [
    "Host second",
    `  HostName ${host.host}`,
    "  User root",
    `  IdentityFile ${host.keyPath}`,
    `  UserKnownHostsFile ${knownHosts}`,
    "",
  ];
  await writeFile(path.join(host.home, "config"), config.join("\n"));
});

afterEach(async () => {
  await host[Symbol.asyncDispose]();
});

async function open(prompts: SshPrompts, alias = "second"): Promise<SshSession> {
  const directives = await readSshConfig(path.join(host.home, "config"), host.home);
  const options = {
    host: resolveSshHost(directives, alias, { home: host.home, name: "root" }),
    jumps: [],
    home: host.home,
    agentSocket: undefined,
    prompts,
    secrets: { byQuestion: new Map<string, string>() },
    report: () => {},
  };
  return await openSshSession(options, signal);
}

const trusting = (asked: UnknownHostKey[]): SshPrompts => ({
  ...silentPrompts,
  trustHostKey: async (key) => {
    asked.push(key);
    return true;
  },
});

const rejection = (stage: string, pattern: RegExp) => (error: SshError) =>
  error.stage === stage && pattern.test(error.message);

test("a new host's key is asked for once, with the fingerprint ssh-keygen prints, and written down", async () => {
  const asked: UnknownHostKey[] = [];
  {
    await using session = await open(trusting(asked));
    const result = await session.run('echo "$HOME"', signal);
    assert.deepEqual(result, { code: 0, stdout: `${host.home}\n`, stderr: "" });
  }
  assert.deepEqual(asked, [
    { host: host.host, keyType: "ssh-ed25519", fingerprint: await host.hostKeyFingerprint() },
  ]);
  assert.match(await readFile(knownHosts, "utf8"), new RegExp(`^${host.host} ssh-ed25519 `));
  await using again = await open(silentPrompts);
  assert.equal((await again.run("exit 7", signal)).code, 7);
});

test("a key the user does not trust ends the connection and is not written down", async () => {
  await assert.rejects(open(silentPrompts), rejection("host key", /was not accepted/));
  await assert.rejects(readFile(knownHosts), /ENOENT/);
});

test("a changed host key is refused without asking", async () => {
  const asked: UnknownHostKey[] = [];
  await (await open(trusting(asked)))[Symbol.asyncDispose]();
  await host.rotateHostKey();
  const shown = await host.hostKeyFingerprint();
  await assert.rejects(
    open(trusting(asked)),
    (error: SshError) =>
      error.stage === "host key" && /has changed/.test(error.message) && error.message.includes(shown),
  );
  assert.equal(asked.length, 1);
});

test("each stage of a failure has its name", async () => {
  const asked: UnknownHostKey[] = [];
  const config = path.join(host.home, "config");
  const known = `  UserKnownHostsFile ${knownHosts}\n`;
  const text = [
    `Host unresolvable\n  HostName no-such-host.invalid\n${known}`,
    `Host closed\n  HostName ${host.host}\n  Port 23\n${known}`,
    `Host keyless\n  HostName ${host.host}\n  User root\n  IdentityFile ${host.home}/no-such-key\n${known}`,
    `Host jumped\n  HostName ${host.host}\n  ProxyCommand nc bastion 22\n${known}`,
  ];
  await writeFile(config, text.join("\n"));
  await assert.rejects(
    open(trusting(asked), "unresolvable"),
    rejection("resolving", /no-such-host\.invalid/),
  );
  await assert.rejects(open(trusting(asked), "closed"), rejection("connecting", /ECONNREFUSED/));
  await assert.rejects(
    open(trusting(asked), "keyless"),
    rejection("authentication", /no-such-key \(cannot be read\)/),
  );
  await assert.rejects(
    open(trusting(asked), "jumped"),
    rejection("configuration", /ProxyCommand \(nc bastion 22\)/),
  );
});

test("a jump host is gone through, and its key is asked for too", async () => {
  const asked: UnknownHostKey[] = [];
  const directives = await readSshConfig(path.join(host.home, "config"), host.home);
  const last = resolveSshHost(directives, "second", { home: host.home, name: "root" });
  const options = {
    host: { ...last, hostKeyAlias: "behind" },
    jumps: [last],
    home: host.home,
    agentSocket: undefined,
    prompts: trusting(asked),
    secrets: { byQuestion: new Map<string, string>() },
    report: () => {},
  };
  await using session = await openSshSession(options, signal);
  // The last hop comes from the host itself, not from here.
  assert.match((await session.run("echo $SSH_CLIENT", signal)).stdout, new RegExp(`^${host.host} `));
  assert.deepEqual(
    asked.map((key) => key.host),
    [host.host, "behind"],
  );
});

test("unix sockets of the host are reached, and a lost server is noticed", async () => {
  await using session = await open(trusting([]));
  const socket = path.join(host.home, "echo.sock");
  const script = `setsid socat UNIX-LISTEN:${socket},fork EXEC:cat >/dev/null 2>&1 </dev/null & while [ ! -S ${socket} ]; do sleep 0.05; done`;
  assert.equal((await session.run(script, signal)).code, 0);
  const stream = await session.connectUnix(socket);
  stream.write("hello\n");
  const [first] = await once(stream, "data", { signal });
  assert.equal(String(first), "hello\n");
  stream.destroy();
  await assert.rejects(
    session.connectUnix(path.join(host.home, "nobody.sock")),
    rejection("engine", /cannot be reached/),
  );
  await host.stopServer();
  assert.match(await session.closed, /./);
});

test("the engine is set up on the host, is reached through SSH alone, survives the link and is found again", async () => {
  const log: string[] = [];
  const steps = new Set<string>();
  const prompts = trusting([]);
  const readSettings = () => ({
    remoteRoot: "~/.berth",
    configFile: path.join(host.home, "config"),
    bundle: path.join(project, "dist/berth.cjs"),
    node: process.execPath,
  });
  const connect = () => {
    const open = openSshHost({ target: "second", prompts, readSettings, log: (line) => log.push(line) });
    return new EngineConnection({
      id: "ssh:second",
      label: "second",
      kind: "ssh",
      open,
      log: (line) => log.push(line),
    });
  };
  await using connection = connect();
  connection.state.subscribe((state) => {
    if (state.kind === "starting") steps.add(state.step.replace(/ \(.*/, ""));
  });
  await connection.start(signal);
  assert.ok(steps.has("uploading engine"), [...steps].join());

  // A container of an image built there, from files that are here.
  const { client } = connection;
  const context = path.join(host.home, "context");
  await mkdir(context);
  await copyFile("/usr/bin/busybox", path.join(context, "busybox"));
  await writeFile(
    path.join(context, "Dockerfile"),
    'FROM scratch\nCOPY busybox /bin/busybox\nENTRYPOINT ["/bin/busybox"]\n',
  );
  const built = client.images.build(
    packBuild(sourceOf(path.join(context, "Dockerfile")), signal),
    { tags: ["tool:1"] },
    signal,
  );
  for await (const message of built) log.push(JSON.stringify(message));
  const { Id } = await client.containers.create(
    {
      Image: "tool:1",
      Cmd: ["httpd", "-f", "-p", "80", "-h", "/bin"],
      ExposedPorts: { "80/tcp": {} },
      HostConfig: { PortBindings: { "80/tcp": [{ HostPort: "8099" }] } },
    },
    { name: "far" },
    signal,
  );
  await client.containers.start(Id, signal);
  assert.equal((await client.containers.inspect("far", signal)).State.Running, true);
  const exec = await client.execs.create(
    Id,
    { AttachStdout: true, Cmd: ["/bin/busybox", "hostname"] },
    signal,
  );
  const stream = await client.execs.start(exec.Id, { tty: false }, signal);
  let output = "";
  for await (const frame of stream.frames) output += frame.data.toString();
  assert.equal(output, `${Id.slice(0, 12)}\n`);

  // Its published port is reached through the connection, even where the host's own ports are not.
  const forwarded = await connection.forwardPort("127.0.0.1", 8099);
  assert.deepEqual(await connection.forwardPort("127.0.0.1", 8099), forwarded);
  const page = `http://127.0.0.1:${forwarded?.localPort}/busybox`;
  assert.equal((await fetch(page, { method: "HEAD", signal })).status, 200);

  // But for the published port, the engine listens on no TCP port there but its resolver's, on the containers' bridge.
  const { stdout } = await promisify(execFile)("ip", ["netns", "exec", host.namespace, "ss", "-Hltn"]);
  const listening = stdout.split("\n").flatMap((line) => line.trim().split(/\s+/)[3] ?? []);
  assert.deepEqual(listening.filter((address) => !/^10\..*:53$/.test(address)).sort(), [
    "0.0.0.0:8099",
    `${host.host}:22`,
  ]);

  // The link drops: the engine and the container go on, and the connection comes back by itself, without questions.
  const lost = connection.state.until((state) => state.kind === "starting", signal);
  await host.stopServer();
  await lost;
  await host.startServer();
  await connection.state.until((state) => state.kind === "connected", signal);
  const uploads = log.filter((line) => line.startsWith("upload ")).length;
  assert.equal((await client.containers.inspect("far", signal)).State.Running, true);
  await connection.stop();
  await assert.rejects(fetch(page, { signal }), /fetch failed/);

  // A second connection finds everything there and uploads nothing.
  await using again = connect();
  await again.start(signal);
  assert.equal(log.filter((line) => line.startsWith("upload ")).length, uploads);
  await again.client.containers.remove("far", { force: true }, signal);
  assert.deepEqual(await again.client.containers.list({ all: true }, signal), []);
});
