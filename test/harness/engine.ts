import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { unixAddress } from "../../runtime/api/address.ts";
import { createEngineClient } from "../../runtime/api/client.ts";
import type { EngineClient } from "../../runtime/api/engine-client.ts";
import { instanceId } from "../../runtime/engine/host/instance.ts";
import { jsonLogger } from "../../runtime/engine/log.ts";
import { kernelNames } from "../../runtime/engine/network/names.ts";
import { createNetworks } from "../../runtime/engine/network/networks.ts";

const project = resolve(import.meta.dirname, "../..");
const node = join(project, "node_modules/node/bin/node");

/** What a program said and how it ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A real engine, run from source with a root and a socket of its own. Disposing of it removes its containers, volumes
 * and networks, ends it, and fails when something of it is left on the host.
 */
export interface TestEngine extends AsyncDisposable {
  readonly root: string;
  readonly socket: string;
  readonly client: EngineClient;
  /** The stock docker CLI; `input` is its standard input. */
  readonly docker: (args: readonly string[], options?: ProgramOptions) => Promise<Ended>;
  /** The same, but a failure fails the test. Gives standard output without its last newline. */
  readonly dockerOk: (args: readonly string[], options?: ProgramOptions) => Promise<string>;
  /** Our own command. */
  readonly berth: (args: readonly string[], options?: ProgramOptions) => Promise<Ended>;
  /** A long-running docker command; its environment points at the engine. */
  readonly spawnDocker: (args: readonly string[]) => ChildProcess;
  readonly kill9: () => Promise<void>;
  /** After `kill9`, or instead of it: ends the engine when it runs, and starts it again. */
  readonly restart: () => Promise<void>;
  /** Mounts, namespaces, devices, control groups and processes of this engine's containers. */
  readonly leftovers: () => Promise<readonly string[]>;
  /** What the engine logged. */
  readonly log: () => string;
}

export interface ProgramOptions {
  readonly input?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface TestEngineOptions {
  readonly mirrors?: readonly string[];
  /** More of the engine's arguments. */
  readonly args?: readonly string[];
}

const signal = () => AbortSignal.timeout(60_000);

export async function startEngine(options: TestEngineOptions = {}): Promise<TestEngine> {
  const directory = await mkdtemp(join(tmpdir(), "berth-engine-"));
  const root = join(directory, "root");
  const socket = join(directory, "berth.sock");
  const instance = instanceId(root);
  const client = createEngineClient(unixAddress(socket));
  const mirrors = (options.mirrors ?? []).flatMap((url) => ["--registry-mirror", url]);
  const argv = ["engine", "--root", root, "--socket", socket, ...mirrors, ...(options.args ?? [])];
  let log = "";
  let child: ChildProcess | undefined;

  const start = async () => {
    const started = spawn(node, [join(project, "runtime/main.ts"), ...argv], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    child = started;
    started.stderr.on("data", (chunk) => {
      log = `${log}${chunk}`.slice(-1_000_000);
    });
    let said = "";
    started.stdout.on("data", (chunk) => {
      said += String(chunk);
    });
    const ended = once(started, "exit").then(([code]) => {
      throw new Error(`the engine ended with ${code} before it listened:\n${log}`);
    });
    while (!said.includes(`listening on unix://${socket}\n`)) {
      await Promise.race([once(started.stdout, "data"), ended]);
    }
    ended.catch(() => {});
  };
  const end = async (name: "SIGTERM" | "SIGKILL") => {
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null) return;
    const exited = once(running, "exit");
    running.kill(name);
    await exited;
  };
  const environment = { ...process.env, DOCKER_HOST: `unix://${socket}`, DOCKER_CLI_HINTS: "false" };
  const docker = (args: readonly string[], program: ProgramOptions = {}) =>
    runProgram("docker", args, { ...environment, ...program.env }, program);

  await start();
  return {
    root,
    socket,
    client,
    docker,
    dockerOk: async (args, program) => {
      const ended = await docker(args, program);
      assert.equal(ended.code, 0, `docker ${args.join(" ")}\n${ended.stdout}${ended.stderr}`);
      return ended.stdout.replace(/\n$/, "");
    },
    berth: (args, program = {}) =>
      runProgram(
        node,
        [join(project, "runtime/main.ts"), ...args],
        { ...environment, ...program.env },
        program,
      ),
    spawnDocker: (args) => spawn("docker", args, { env: environment, stdio: ["pipe", "pipe", "pipe"] }),
    kill9: () => end("SIGKILL"),
    restart: async () => {
      await end("SIGTERM");
      await start();
    },
    leftovers: () => leftovers(root, instance),
    log: () => log,
    [Symbol.asyncDispose]: async () => {
      try {
        if (child === undefined || child.exitCode !== null) await start();
        await removeAll(client);
        assert.deepEqual(
          await leftovers(root, instance),
          [],
          "left on the host after everything was removed",
        );
      } finally {
        await end("SIGTERM");
        await removeNetworks(root, instance);
        await removeGroups(instance);
        await rm(join("/run/berth", instance), { recursive: true, force: true });
        await rm(directory, { recursive: true, force: true });
      }
    },
  };
}

async function removeAll(client: EngineClient): Promise<void> {
  for (const { Id } of await client.containers.list({ all: true }, signal())) {
    await client.containers.remove(Id, { force: true, removeVolumes: true }, signal());
  }
  await client.networks.prune({}, signal());
  await client.volumes.prune({ all: ["true"] }, signal());
}

async function leftovers(root: string, instance: string): Promise<readonly string[]> {
  const names = kernelNames(instance, false);
  const mounts = (await readFile("/proc/self/mountinfo", "utf8"))
    .split("\n")
    .filter((line) => line.includes(root) || line.includes(`/run/berth/${instance}`))
    .map((line) => `mount ${line.split(" ")[4]}`);
  const devices = (await readdir("/sys/class/net"))
    .filter((name) => name.startsWith(names.vethPrefix))
    .map((name) => `device ${name}`);
  const namespaces = (await readdir("/run/netns").catch(() => []))
    .filter((name) => name.startsWith(names.netnsPrefix))
    .map((name) => `namespace ${name}`);
  const { stdout: ruleset } = await runProgram("nft", ["list", "table", "inet", names.table], process.env);
  const rules = ruleset.split("\n").filter((line) => /\bdnat\b.*\d+\.\d+\.\d+\.\d+/.test(line));
  return [
    ...mounts,
    ...devices,
    ...namespaces,
    ...rules.map((line) => `rule ${line.trim()}`),
    ...(await containerGroups(instance)).map((path) => `control group ${path}`),
    ...(await processes(instance, root)),
  ];
}

/** Control groups below the engine's own, which stays. */
async function containerGroups(instance: string): Promise<string[]> {
  const found: string[] = [];
  for (const parent of await engineGroups(instance)) {
    for (const entry of await readdir(parent, { withFileTypes: true })) {
      if (entry.isDirectory()) found.push(join(parent, entry.name));
    }
  }
  return found;
}

async function engineGroups(instance: string): Promise<string[]> {
  const hierarchies = [
    "/sys/fs/cgroup",
    ...(await readdir("/sys/fs/cgroup")).map((name) => join("/sys/fs/cgroup", name)),
  ];
  const candidates = hierarchies.map((hierarchy) => join(hierarchy, `berth-${instance}`));
  const present = await Promise.all(
    candidates.map((path) =>
      readdir(path).then(
        () => [path],
        () => [],
      ),
    ),
  );
  return present.flat();
}

async function removeGroups(instance: string): Promise<void> {
  for (const path of await engineGroups(instance)) await rmdir(path).catch(() => {});
}

/** Supervisors and runtimes: whatever names the engine's run directory, but for the engine itself. */
async function processes(instance: string, root: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    const words = line.replaceAll("\0", " ").trim();
    const isOurs = words.includes(`/run/berth/${instance}`) || words.includes(`${root}/containers`);
    if (isOurs) found.push(`process ${pid} ${words}`);
  }
  return found;
}

/** The bridges and tables of an engine that does not run any more. */
async function removeNetworks(root: string, instance: string): Promise<void> {
  const networks = await createNetworks({
    root,
    instance,
    isDefaultInstance: false,
    events: { publish: () => {} },
    log: jsonLogger(() => {}),
  });
  await networks.removeEverything(signal());
  await networks.stop();
}

function runProgram(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  options: ProgramOptions = {},
): Promise<Ended> {
  return new Promise((resolveEnded, reject) => {
    const child = execFile(
      program,
      args,
      { env, cwd: options.cwd, timeout: 60_000, killSignal: "SIGKILL", maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error !== null && typeof error.code !== "number") {
          const said = `${program} ${args.join(" ")}: ${error.message}\n${stdout}${stderr}`;
          reject(new Error(said, { cause: error }));
        } else resolveEnded({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      },
    );
    // A program that ends without reading its input is no failure of the test.
    child.stdin?.on("error", () => {});
    child.stdin?.end(options.input ?? "");
  });
}
