import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { promisify } from "node:util";
import { packBuild, sourceOf } from "../client/commands/image/build-context.ts";
import { EngineConnection } from "../client/connections/engine-connection.ts";
import { openSshHost } from "../client/connections/ssh.ts";
import { resolveSshHost } from "../client/connections/ssh-config.ts";
import { readSshConfig } from "../client/connections/ssh-config-file.ts";
import type { SshError } from "../client/connections/ssh-error.ts";
import { type SshPrompts, silentPrompts } from "../client/connections/ssh-prompts.ts";
import { openSshSession, type SshSession } from "../client/connections/ssh-session.ts";
import { bareUser } from "./harness/bare-root.ts";
import { type SshHost, startSshHost } from "./harness/ssh-host.ts";

// A second host with a disk of its own: a minimal Debian with sshd and sudo, without Node, crun, conmon, nft, ip and
// socat, and without a way to the Debian registry. Needs root, and the engine's bundle in dist/.

const run = promisify(execFile);
const project = path.dirname(import.meta.dirname);
const signal = AbortSignal.timeout(180_000);

let host: SshHost;

beforeEach(async () => {
  host = await startSshHost({ bare: true });
  await configure(`IdentityFile ${host.keyPath}`);
});

afterEach(async () => {
  await host[Symbol.asyncDispose]();
});

/** Writes an ssh_config with the host as `root` and as `dev`, both with the given directives. */
async function configure(...directives: readonly string[]): Promise<void> {
  const common = [
    `HostName ${host.host}`,
    `UserKnownHostsFile ${path.join(host.home, "known_hosts")}`,
    "StrictHostKeyChecking accept-new",
    ...directives,
  ];
  const of = (alias: string, user: string) => [`Host ${alias}`, `User ${user}`, ...common, ""];
  const lines = [...of("as-root", "root"), ...of("as-dev", bareUser.name)];
  await writeFile(path.join(host.home, "config"), lines.join("\n"));
}

/** Builds an image of busybox there, runs a container of it and reads what it says. */
async function useContainer(
  target: string,
): Promise<{ readonly output: string; readonly log: readonly string[] }> {
  const log: string[] = [];
  const readSettings = () => ({
    remoteRoot: "~/.berth",
    configFile: path.join(host.home, "config"),
    bundle: path.join(project, "dist/berth.cjs"),
    node: process.execPath,
  });
  const open = openSshHost({ target, prompts: silentPrompts, readSettings, log: (line) => log.push(line) });
  await using connection = new EngineConnection({
    id: `ssh:${target}`,
    label: target,
    kind: "ssh",
    open,
    log: (line) => log.push(line),
  });
  await connection.start(signal);
  const { client } = connection;
  const context = path.join(host.home, "context");
  await mkdir(context, { recursive: true });
  await copyFile("/usr/bin/busybox", path.join(context, "busybox"));
  const dockerfile = path.join(context, "Dockerfile");
  await writeFile(dockerfile, 'FROM scratch\nCOPY busybox /bin/busybox\nENTRYPOINT ["/bin/busybox"]\n');
  const build = client.images.build(packBuild(sourceOf(dockerfile), signal), { tags: ["tool:1"] }, signal);
  for await (const message of build) log.push(JSON.stringify(message));
  const { Id } = await client.containers.create({ Image: "tool:1", Cmd: ["env"] }, { name: "far" }, signal);
  await client.containers.start(Id, signal);
  assert.equal((await client.containers.wait(Id, "not-running", signal)).StatusCode, 0, log.join("\n"));
  let output = "";
  const logs = await client.containers.logs(Id, { stdout: true, stderr: true }, signal);
  for await (const frame of logs) output += Buffer.from(frame.data).toString();
  await client.containers.remove(Id, {}, signal);
  return { output, log };
}

test("a host without anything gets engine, Node and tools, and runs a container; a second time nothing is sent", async () => {
  const first = await useContainer("as-root");
  assert.match(first.output, /^PATH=/m);
  // The libraries' folder of our tools is theirs alone.
  assert.doesNotMatch(first.output, /LD_LIBRARY_PATH|BERTH/);
  const uploads = (log: readonly string[]) =>
    log.filter((line) => line.startsWith("upload ")).map((line) => line.split(" to ")[0]);
  assert.deepEqual(uploads(first.log), ["upload crun conmon nft ip socat", "upload engine", "upload Node"]);
  assert.deepEqual(uploads((await useContainer("as-root")).log), []);
});

test("a user with sudo runs containers there, too", async () => {
  assert.match((await useContainer("as-dev")).output, /^PATH=/m);
});

test("a password is asked for, and asked again when it was wrong", async () => {
  await configure("IdentityFile /no/such/key");
  const asked: string[] = [];
  const answers = ["wrong", bareUser.password];
  const prompts = asking(async (question) => {
    asked.push(question);
    return answers[asked.length - 1];
  });
  await using session = await open("as-dev", { prompts });
  assert.equal((await session.run("id -un", signal)).stdout, `${bareUser.name}\n`);
  const question = `Password for ${bareUser.name}@as-dev`;
  assert.deepEqual(asked, [question, question]);
  const refusing = asking(async () => "wrong");
  await assert.rejects(
    open("as-dev", { prompts: refusing }),
    (error: SshError) => error.stage === "authentication" && /password/.test(error.message),
  );
});

test("a key with a passphrase is opened with the one that is typed", async () => {
  const locked = await lockedKey();
  await configure(`IdentityFile ${locked}`);
  const prompts = asking(async (question) => (question.includes(locked) ? passphrase : undefined));
  await using session = await open("as-dev", { prompts });
  assert.equal((await session.run("id -un", signal)).stdout, `${bareUser.name}\n`);
  await assert.rejects(
    open("as-dev", { prompts: asking(async () => undefined) }),
    /encrypted, no passphrase given/,
  );
});

test("keys of a running ssh-agent are used without asking", async () => {
  const agentSocket = path.join(host.home, "agent.sock");
  await using agent = await startAgent(agentSocket);
  await run("ssh-add", ["-q", host.keyPath], { env: { ...process.env, SSH_AUTH_SOCK: agent.socket } });
  await configure("IdentityFile /no/such/key");
  await using session = await open("as-root", { agentSocket });
  assert.equal((await session.run("id -un", signal)).stdout, "root\n");
});

test("a host behind another is reached by ProxyJump, with another user on the way", async () => {
  await configure(`IdentityFile ${host.keyPath}`);
  const file = path.join(host.home, "config");
  const behind = [
    "Host behind",
    "HostName 127.0.0.1",
    "HostKeyAlias behind",
    "User root",
    "ProxyJump as-dev",
  ];
  const own = [`UserKnownHostsFile ${host.home}/known_hosts`, "StrictHostKeyChecking accept-new"];
  const text = await readFile(file, "utf8");
  await writeFile(file, [text, ...behind, ...own, `IdentityFile ${host.keyPath}`, ""].join("\n"));
  assert.match((await useContainer("behind")).output, /^PATH=/m);
});

const passphrase = "correct horse";

/** Another key that the host lets in, locked. */
async function lockedKey(): Promise<string> {
  const file = path.join(host.home, "locked_ed25519");
  await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", passphrase, "-C", "berth-test", "-f", file]);
  await appendFile(`${host.keyPath}.pub`, await readFile(`${file}.pub`));
  return file;
}

async function startAgent(socket: string): Promise<AsyncDisposable & { readonly socket: string }> {
  const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: ["ignore", "pipe", "ignore"] });
  const end = async () => {
    const gone = once(agent, "exit");
    agent.kill("SIGTERM");
    await gone;
  };
  // It prints its socket's name when it listens.
  await once(agent.stdout, "data", { signal });
  return { socket, [Symbol.asyncDispose]: end };
}

const asking = (password: SshPrompts["password"]): SshPrompts => ({ ...silentPrompts, password });

async function open(
  alias: string,
  options: { readonly prompts?: SshPrompts; readonly agentSocket?: string },
): Promise<SshSession> {
  const directives = await readSshConfig(path.join(host.home, "config"), host.home);
  const own = {
    host: resolveSshHost(directives, alias, { home: host.home, name: "root" }),
    jumps: [],
    home: host.home,
    agentSocket: options.agentSocket,
    prompts: options.prompts ?? silentPrompts,
    secrets: { byQuestion: new Map<string, string>() },
    report: () => {},
  };
  return await openSshSession(own, signal);
}
