import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { bareLayers, bareUser, enterBareRoot } from "./bare-root.ts";
import { clearLeftovers, untilGone } from "./engine-leftovers.ts";

const run = promisify(execFile);

/** A second host: Debian's sshd in a network namespace of its own, with a home of its own for root. */
export interface SshHost extends AsyncDisposable {
  /** Address of the host's end of a veth pair. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Private key that the host lets in. */
  readonly keyPath: string;
  /** HOME of every session there; Berth's folder is below it. */
  readonly home: string;
  /** Name of the network namespace: `ip netns exec` sees what listens there. */
  readonly namespace: string;
  /** `SHA256:…`, as ssh-keygen prints it. */
  readonly hostKeyFingerprint: () => Promise<string>;
  /** Gives the host another key, as a machine that was set up anew; open connections go on. */
  readonly rotateHostKey: () => Promise<void>;
  /** Ends sshd and with it all connections; `startServer` brings it back. */
  readonly stopServer: () => Promise<void>;
  readonly startServer: () => Promise<void>;
}

/**
 * Starts a host; needs root, iproute2 and openssh-server. It shares kernel, disk and cgroups with this machine but not
 * network or home. A `bare` one has a disk of its own, a minimal Debian without anything that containers need, and a second
 * user (`bareUser`). Disposing ends every process in its namespace and removes namespace and home.
 */
export async function startSshHost(options: { readonly bare?: boolean } = {}): Promise<SshHost> {
  const id = randomBytes(3).toString("hex");
  const namespace = `berth-ssh-${id}`;
  const isBare = options.bare === true;
  const layers = isBare ? await bareLayers() : undefined;
  const home = await mkdtemp(path.join(os.tmpdir(), "berth-ssh-host-"));
  const third = Number.parseInt(id.slice(0, 2), 16);
  const fourth = (Number.parseInt(id.slice(2, 4), 16) >> 2) << 2;
  // 198.18.0.0/15 is set aside for tests. Source: RFC 2544.
  const [ours, theirs] = [`198.18.${third}.${fourth + 1}`, `198.18.${third}.${fourth + 2}`];
  await using undo = new AsyncDisposableStack();
  undo.defer(() => rm(home, { recursive: true, force: true }));
  await run("ip", ["netns", "add", namespace]);
  undo.defer(async () => void (await run("ip", ["netns", "del", namespace])));
  undo.defer(() => clearLeftovers(path.join(home, ".berth/data")));
  undo.defer(() => clearLeftovers(path.join(home, bareUser.name, ".berth/data")));
  undo.defer(() => endProcesses(namespace));
  const ip = (...args: string[]) => run("ip", args);
  await ip("link", "add", `bs${id}`, "type", "veth", "peer", "name", "eth0", "netns", namespace);
  await ip("addr", "add", `${ours}/30`, "dev", `bs${id}`);
  await ip("link", "set", `bs${id}`, "up");
  await ip("-n", namespace, "addr", "add", `${theirs}/30`, "dev", "eth0");
  await ip("-n", namespace, "link", "set", "eth0", "up");
  await ip("-n", namespace, "link", "set", "lo", "up");

  const settings = path.join(home, "sshd");
  await mkdir(settings, { mode: 0o700 });
  // sshd reads the list of keys as the user who comes.
  if (isBare) for (const folder of [home, settings]) await chmod(folder, 0o755);
  await mkdir("/run/sshd", { recursive: true, mode: 0o755 });
  const hostKey = path.join(settings, "host_ed25519");
  const keyPath = path.join(settings, "client_ed25519");
  await makeKey(hostKey);
  await makeKey(keyPath);
  const config = path.join(settings, "sshd_config");
  await writeFile(
    config,
    printConfig({ address: theirs, hostKey, authorizedKeys: `${keyPath}.pub`, home, isBare }),
  );
  const entry = layers === undefined ? [] : ["unshare", "-m", "sh", "-c", enterBareRoot(layers, home), "sh"];
  const argv = [...entry, "/usr/sbin/sshd", "-D", "-e", "-f", config];
  let server = await startServer(namespace, argv);
  undo.defer(() => stopServer(server));
  const owned = undo.move();
  return {
    host: theirs,
    port: 22,
    user: "root",
    keyPath,
    home,
    namespace,
    hostKeyFingerprint: async () => {
      const [, key = ""] = (await readFile(`${hostKey}.pub`, "utf8")).split(" ");
      const digest = createHash("sha256").update(Buffer.from(key, "base64")).digest("base64");
      return `SHA256:${digest.replace(/=+$/, "")}`;
    },
    rotateHostKey: async () => {
      await rm(hostKey);
      await makeKey(hostKey);
      server.kill("SIGHUP");
      await untilReady(server);
    },
    stopServer: async () => {
      await stopServer(server);
      await endProcesses(namespace, (command) => command.startsWith("sshd"));
    },
    startServer: async () => {
      server = await startServer(namespace, argv);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function printConfig(options: {
  address: string;
  hostKey: string;
  authorizedKeys: string;
  home: string;
  isBare: boolean;
}): string {
  return [
    `ListenAddress ${options.address}`,
    ...(options.isBare ? ["ListenAddress 127.0.0.1"] : []),
    "Port 22",
    `HostKey ${options.hostKey}`,
    `AuthorizedKeysFile ${options.authorizedKeys}`,
    "PermitRootLogin prohibit-password",
    `PasswordAuthentication ${options.isBare ? "yes" : "no"}`,
    "KbdInteractiveAuthentication no",
    "StrictModes no",
    "UsePAM no",
    "PidFile none",
    "MaxStartups 50:30:100",
    "Subsystem sftp internal-sftp",
    "Match User root",
    `  SetEnv HOME=${options.home}`,
    "",
  ].join("\n");
}

async function makeKey(file: string): Promise<void> {
  await rm(`${file}.pub`, { force: true });
  await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "berth-test", "-f", file]);
}

/** `nsenter` and not `ip netns exec`: that would mount a new /sys, without the cgroups that containers need. */
async function startServer(namespace: string, argv: readonly string[]): Promise<ChildProcess> {
  const server = spawn("nsenter", [`--net=/run/netns/${namespace}`, ...argv], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  await untilReady(server);
  return server;
}

/** sshd says on standard error when it listens. */
async function untilReady(server: ChildProcess): Promise<void> {
  let log = "";
  await new Promise<void>((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error(`sshd does not listen after 10 s: ${log}`)), 10_000);
    server.stderr?.on("data", (data: Buffer) => {
      log += data.toString();
      if (!log.includes("Server listening on")) return;
      clearTimeout(limit);
      resolve();
    });
    server.once("error", reject);
    server.once("exit", (code) => reject(new Error(`sshd ended with ${code}: ${log}`)));
  });
}

async function stopServer(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const gone = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGTERM");
  await gone;
}

/** Ends what runs in the namespace, by process id; `chosen` looks at the command line. Waits until they are gone. */
async function endProcesses(
  namespace: string,
  chosen: (command: string) => boolean = () => true,
): Promise<void> {
  const { stdout } = await run("ip", ["netns", "pids", namespace]);
  const ids: number[] = [];
  for (const id of stdout
    .split("\n")
    .filter((line) => line !== "")
    .map(Number)) {
    const command = await readFile(`/proc/${id}/cmdline`, "utf8").catch(() => undefined);
    if (command !== undefined && chosen(command.replaceAll("\0", " "))) ids.push(id);
  }
  for (const id of ids) {
    try {
      process.kill(id, "SIGKILL");
    } catch {
      // It ended by itself in between.
    }
  }
  await untilGone(ids);
}
