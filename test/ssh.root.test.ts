import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { resolveSshHost } from "../client/connections/ssh-config.ts";
import { readSshConfig } from "../client/connections/ssh-config-file.ts";
import type { SshError } from "../client/connections/ssh-error.ts";
import { type SshPrompts, silentPrompts, type UnknownHostKey } from "../client/connections/ssh-prompts.ts";
import { openSshSession, type SshSession } from "../client/connections/ssh-session.ts";
import { type SshHost, startSshHost } from "./harness/ssh-host.ts";

// Real sshd in a network namespace; needs root.

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
    `Host jumped\n  HostName ${host.host}\n  ProxyJump bastion\n${known}`,
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
  await assert.rejects(open(trusting(asked), "jumped"), rejection("configuration", /ProxyJump \(bastion\)/));
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
