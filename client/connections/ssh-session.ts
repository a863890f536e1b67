import { lookup } from "node:dns/promises";
import { appendFile, mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { Duplex, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Client, ClientChannel, ServerHostKeyAlgorithm } from "ssh2";
import {
  checkHostKey,
  fingerprint,
  hostKeyType,
  type KnownHost,
  knownHostName,
  knownKeyTypes,
  parseKnownHosts,
  printKnownHost,
} from "./known-hosts.ts";
import { quoteWord } from "./shell-word.ts";
import { createAuthHandler, type SshSecrets } from "./ssh-auth.ts";
import type { SshHostConfig } from "./ssh-config.ts";
import { SshError } from "./ssh-error.ts";
import type { SshPrompts } from "./ssh-prompts.ts";

export interface SshSessionOptions {
  readonly host: SshHostConfig;
  /** Hosts to go through, in order (ProxyJump); each is verified and authenticated like the last. */
  readonly jumps: readonly SshHostConfig[];
  readonly home: string;
  readonly agentSocket: string | undefined;
  readonly prompts: SshPrompts;
  readonly secrets: SshSecrets;
  readonly report: (step: string) => void;
}

export interface RemoteResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** One SSH connection: programs run, files go up and unix sockets are reached through it. */
export interface SshSession extends AsyncDisposable {
  /** Runs a script by `sh`; output is bounded to 1 MiB. */
  readonly run: (script: string, signal: AbortSignal) => Promise<RemoteResult>;
  /** The same with a stream as its standard input. */
  readonly feed: (script: string, input: Readable, signal: AbortSignal) => Promise<RemoteResult>;
  /** A byte stream to a unix socket of the host; sshd must allow stream-local forwarding. */
  readonly connectUnix: (socketPath: string) => Promise<Duplex>;
  /** A byte stream to a TCP port, as the host reaches it; sshd must allow TCP forwarding. */
  readonly connectPort: (address: string, port: number) => Promise<Duplex>;
  readonly closed: Promise<string>;
}

/** Connects and authenticates, through jump hosts where there are any. Throws `SshError` whose stage says how far it came. */
export async function openSshSession(options: SshSessionOptions, signal: AbortSignal): Promise<SshSession> {
  const hops: Hop[] = [];
  // Newest first: a connection runs through the ones before it.
  const endAll = async () => {
    for (const hop of hops.reverse()) await hop.end();
  };
  try {
    for (const host of [...options.jumps, options.host]) {
      hops.push(await openHop({ ...options, host }, hops.at(-1), signal));
    }
    const last = hops.at(-1);
    if (last === undefined) throw new SshError("configuration", "no host was given");
    return sessionOf(last.client, endAll);
  } catch (error) {
    await endAll();
    throw error;
  }
}

/** One SSH connection of the way. */
interface Hop {
  readonly client: Client;
  readonly end: () => Promise<void>;
}

async function openHop(options: SshSessionOptions, via: Hop | undefined, signal: AbortSignal): Promise<Hop> {
  const { host } = options;
  if (host.proxyCommand !== undefined) {
    const message = `${host.alias} is reached by ProxyCommand (${host.proxyCommand}), which Berth does not run; use ProxyJump`;
    throw new SshError("configuration", message);
  }
  const known = await readKnownHosts(host);
  const { default: ssh2 } = await import("ssh2");
  const client = new ssh2.Client();
  const way =
    via === undefined ? { host: await resolveName(options) } : { sock: await throughHop(via.client, host) };
  options.report(`connecting to ${host.hostName}:${host.port}`);
  await connect(client, ssh2.utils.parseKey, way, known, options, signal);
  const closed = new Promise<void>((resolve) => client.once("close", () => resolve()));
  const end = async () => {
    client.end();
    const hard = setTimeout(() => client.destroy(), 2000);
    await closed;
    clearTimeout(hard);
  };
  return { client, end };
}

async function resolveName({ host, report }: SshSessionOptions): Promise<string> {
  report(`resolving ${host.hostName}`);
  try {
    return (await lookup(host.hostName)).address;
  } catch (error) {
    throw new SshError("resolving", `the name ${host.hostName} is not known (${messageOf(error)})`, {
      cause: error,
    });
  }
}

/** A stream from the jump host to the next one; names are resolved there. */
function throughHop(client: Client, host: SshHostConfig): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    client.forwardOut("127.0.0.1", 0, host.hostName, host.port, (error, channel) => {
      if (error === undefined || error === null) return resolve(channel);
      reject(
        new SshError(
          "connecting",
          `the jump host does not reach ${host.hostName}:${host.port}: ${error.message}`,
        ),
      );
    });
  });
}

const defaultHostKeyAlgorithms: readonly ServerHostKeyAlgorithm[] = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
];

function connect(
  client: Client,
  parseKey: (key: Buffer, passphrase?: string) => unknown,
  way: { readonly host: string } | { readonly sock: Duplex },
  known: readonly KnownHost[],
  options: SshSessionOptions,
  signal: AbortSignal,
): Promise<void> {
  const { host } = options;
  const name = knownHostName(host.hostKeyAlias ?? host.hostName, host.port);
  const tried: string[] = [];
  let hostKeyFailure: SshError | undefined;
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      client.destroy();
      reject(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    const settle = (end: () => void) => {
      signal.removeEventListener("abort", onAbort);
      end();
    };
    client.once("ready", () => settle(resolve));
    client.once("handshake", () => options.report("authenticating"));
    client.on("error", (error) => {
      client.destroy();
      settle(() => reject(hostKeyFailure ?? explain(error, host, tried)));
    });
    client.once("close", () =>
      settle(() =>
        reject(hostKeyFailure ?? new SshError("connecting", `${host.hostName} closed the connection`)),
      ),
    );
    client.connect({
      ...("host" in way ? way : { sock: way.sock as Readable }),
      port: host.port,
      username: host.user,
      readyTimeout: 0,
      timeout: host.connectTimeoutSeconds * 1000,
      keepaliveInterval: host.serverAliveIntervalSeconds * 1000,
      keepaliveCountMax: 3,
      algorithms: { serverHostKey: preferredAlgorithms(knownKeyTypes(known, name)) },
      hostVerifier: (key: Buffer, verify: (ok: boolean) => void) => {
        judgeHostKey(key, name, known, options).then(
          (failure) => {
            hostKeyFailure = failure;
            verify(failure === undefined);
          },
          (error: unknown) => {
            hostKeyFailure = new SshError("host key", messageOf(error), { cause: error });
            verify(false);
          },
        );
      },
      authHandler: createAuthHandler({ ...options, parseKey }, tried),
    });
  });
}

/** Known types first, as OpenSSH does: a server with several keys must show the one we know. */
function preferredAlgorithms(knownTypes: readonly string[]): ServerHostKeyAlgorithm[] {
  const types = knownTypes.flatMap((type) =>
    type === "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : [type],
  );
  const isKnown = (each: string) => types.includes(each);
  return [
    ...defaultHostKeyAlgorithms.filter(isKnown),
    ...defaultHostKeyAlgorithms.filter((each) => !isKnown(each)),
  ];
}

/** Gives what stands against the key; undefined when it is trusted. A newly trusted one is written to known_hosts. */
async function judgeHostKey(
  key: Buffer,
  name: string,
  known: readonly KnownHost[],
  { host, prompts }: SshSessionOptions,
): Promise<SshError | undefined> {
  const verdict = checkHostKey(known, name, key);
  const file = host.userKnownHostsFiles[0] ?? "";
  const shown = fingerprint(key);
  switch (verdict.kind) {
    case "match":
      return undefined;
    case "revoked":
      return new SshError(
        "host key",
        `the key of ${name} (${shown}) is marked as revoked; the connection was refused`,
      );
    case "changed":
      return new SshError(
        "host key",
        `the key of ${name} has changed: it shows ${shown}, but ${file} line ${verdict.line} says ` +
          `${verdict.knownFingerprint}. Somebody may be listening in, or the host was set up anew. The connection was ` +
          `refused; if you know the new key to be right, remove the old one with: ssh-keygen -R "${name}"`,
      );
    case "unknown": {
      if (host.strictHostKeyChecking === "yes") {
        return new SshError("host key", `${name} is not in ${file}, and StrictHostKeyChecking is "yes"`);
      }
      const isTrusted =
        host.strictHostKeyChecking === "no" ||
        host.strictHostKeyChecking === "accept-new" ||
        (await prompts.trustHostKey({ host: name, keyType: hostKeyType(key), fingerprint: shown }));
      if (!isTrusted) return new SshError("host key", `the key of ${name} (${shown}) was not accepted`);
      await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
      await appendFile(file, printKnownHost(name, key), { mode: 0o600 });
      return undefined;
    }
  }
}

async function readKnownHosts(host: SshHostConfig): Promise<KnownHost[]> {
  const files = [...host.userKnownHostsFiles, "/etc/ssh/ssh_known_hosts"];
  const texts = await Promise.all(
    files.map((file) =>
      readFile(file, "utf8").catch((error: unknown) => {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
        throw new SshError("host key", `cannot read ${file}: ${messageOf(error)}`);
      }),
    ),
  );
  return texts.flatMap((text) => parseKnownHosts(text));
}

function explain(error: Error & { level?: string }, host: SshHostConfig, tried: readonly string[]): SshError {
  if (error.level === "client-authentication") {
    const offered =
      tried.length === 0 ? "there was nothing to offer: no agent, no key" : `tried ${tried.join(", ")}`;
    return new SshError("authentication", `${host.user}@${host.hostName} did not let us in (${offered})`, {
      cause: error,
    });
  }
  if (error.level === "client-timeout") {
    return new SshError("connecting", `${host.hostName}:${host.port} did not answer in time`, {
      cause: error,
    });
  }
  return new SshError("connecting", `${host.hostName}:${host.port}: ${error.message}`, { cause: error });
}

function sessionOf(client: Client, end: () => Promise<void>): SshSession {
  let lastError = "";
  const closed = new Promise<string>((resolve) => {
    client.on("error", (error) => {
      lastError = error.message;
    });
    client.once("close", () => resolve(lastError || "the SSH connection was closed"));
  });
  return {
    run: (script, signal) => runRemote(client, script, undefined, signal),
    feed: (script, input, signal) => runRemote(client, script, input, signal),
    connectUnix: (socketPath) =>
      new Promise((resolve, reject) => {
        client.openssh_forwardOutStreamLocal(socketPath, (error, channel) => {
          if (error === undefined || error === null) resolve(channel);
          else
            reject(
              new SshError("engine", `the host's socket ${socketPath} cannot be reached: ${error.message}`),
            );
        });
      }),
    connectPort: (address, port) =>
      new Promise((resolve, reject) => {
        client.forwardOut("127.0.0.1", 0, address, port, (error, channel) => {
          if (error === undefined || error === null) resolve(channel);
          else
            reject(
              new SshError("connecting", `the host does not forward to its port ${port}: ${error.message}`),
            );
        });
      }),
    closed,
    [Symbol.asyncDispose]: end,
  };
}

const maxOutputBytes = 1024 * 1024;

async function runRemote(
  client: Client,
  script: string,
  input: Readable | undefined,
  signal: AbortSignal,
): Promise<RemoteResult> {
  signal.throwIfAborted();
  const { channel, ended, output } = await new Promise<RunningScript>((resolve, reject) => {
    // `sh -c` whatever the login shell is: ours are POSIX scripts.
    client.exec(`exec sh -c ${quoteWord(script)}`, (error, opened) =>
      error ? reject(error) : resolve(watchScript(opened)),
    );
  });
  const onAbort = () => channel.destroy();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    if (input === undefined) channel.end();
    else
      await pipeline(input, channel, { signal, end: true }).catch((error: unknown) =>
        throwUnlessEnded(error, signal),
      );
    const [stdout, stderr] = await output;
    const code = await ended;
    signal.throwIfAborted();
    return { code, stdout, stderr };
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

interface RunningScript {
  readonly channel: ClientChannel;
  readonly ended: Promise<number>;
  readonly output: Promise<readonly [stdout: string, stderr: string]>;
}

/** Listens at once: the exit code of a quick script may be in the packet that said it was started. */
function watchScript(channel: ClientChannel): RunningScript {
  const ended = new Promise<number>((resolve) => {
    channel.once("exit", (code: number | null) => resolve(code ?? 255));
    channel.once("close", () => resolve(255));
  });
  const output = Promise.all([collect(channel), collect(channel.stderr)]);
  // Awaited only after the input was sent; until then a failure must not count as unhandled.
  output.catch(() => {});
  return { channel, ended, output };
}

/** A script that ends before it read everything is judged by its exit code. */
function throwUnlessEnded(error: unknown, signal: AbortSignal): void {
  signal.throwIfAborted();
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
}

async function collect(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += (chunk as Buffer).length;
    if (size <= maxOutputBytes) chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
