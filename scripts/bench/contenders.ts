import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, rmdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { instanceId } from "../../runtime/engine/host/instance.ts";
import { processesNaming, proportionalSetSize } from "./memory.ts";
import { createNetworkNamespace } from "./network-namespace.ts";
import { endProgram, hasSaid, type Invocation, runTimed } from "./program.ts";

/** Where each contender finds the registry: in its own network namespace, so the same address for all. */
export const registryHost = "127.0.0.1:5000";

/** An engine in a network namespace and a directory of its own, driven by its own client. */
export interface Contender extends AsyncDisposable {
  readonly name: "berth" | "dockerd" | "podman";
  readonly command: (args: readonly string[]) => Invocation;
  readonly build: (options: readonly string[], context: string) => Invocation;
  /** PSS in MiB of what runs all the time. */
  readonly idleMemory: () => Promise<number>;
  /** PSS in MiB of all that watches over running containers. */
  readonly watcherMemory: () => Promise<number>;
  /** Engine's own log, to tell where the time goes. */
  readonly log: () => string;
}

export interface Place {
  readonly directory: string;
  readonly enter: readonly [string, ...string[]];
  readonly signal: AbortSignal;
}

interface Engine {
  readonly name: Contender["name"];
  readonly command: Contender["command"];
  readonly build: Contender["build"];
  readonly daemon: ChildProcess | undefined;
  readonly log: () => string;
  /** Text in the command lines of the processes that watch over containers. */
  readonly watcherMark: string;
  readonly insecure: readonly string[];
  readonly dispose: () => Promise<void>;
}

/**
 * Starts an engine by `start`, with a registry that serves `registryData` beside it. Disposing of it removes its
 * containers, ends it, and takes its mounts, directory and namespace away.
 */
export async function createContender(
  start: (place: Place) => Promise<Engine>,
  registryData: string,
  signal: AbortSignal,
): Promise<Contender> {
  await using undo = new AsyncDisposableStack();
  const namespace = undo.use(await createNetworkNamespace(signal));
  const directory = await mkdtemp(join(tmpdir(), "berth-bench-"));
  undo.defer(async () => {
    for (const target of await mountsBelow(directory))
      await runTimed({ argv: ["umount", "-l", target] }, AbortSignal.timeout(20_000)).catch(() => {});
    await rm(directory, { recursive: true, force: true });
  });
  const place = { directory, enter: namespace.enter, signal };
  const registry = await startRegistry(place, registryData);
  undo.defer(() => endProgram(registry));
  const engine = await start(place);
  undo.defer(engine.dispose);
  undo.defer(async () => {
    const { stdout } = await runTimed(engine.command(["ps", "-aq"]), AbortSignal.timeout(60_000));
    const ids = stdout.split(/\s+/).filter((id) => id !== "");
    if (ids.length > 0) await runTimed(engine.command(["rm", "-f", ...ids]), AbortSignal.timeout(600_000));
  });
  const images = ["busybox:latest", "bulk:latest"].map((name) => `${registryHost}/library/${name}`);
  for (const image of images) await runTimed(engine.command(["pull", ...engine.insecure, image]), signal);
  const kept = undo.move();
  const watchers = () => processesNaming(engine.watcherMark);
  return {
    ...{ name: engine.name, command: engine.command, build: engine.build, log: engine.log },
    watcherMemory: async () => {
      const core = new Set(await coreProcesses(engine.daemon));
      return await proportionalSetSize((await watchers()).filter((pid) => !core.has(pid)));
    },
    idleMemory: async () => await proportionalSetSize(await coreProcesses(engine.daemon)),
    [Symbol.asyncDispose]: async () => await kept.disposeAsync(),
  };
}

/** The daemon and, for dockerd, its containerd; nothing for an engine without a daemon. */
async function coreProcesses(daemon: ChildProcess | undefined): Promise<readonly number[]> {
  if (daemon?.pid === undefined) return [];
  const children = await readFile(`/proc/${daemon.pid}/task/${daemon.pid}/children`, "utf8").catch(() => "");
  const found = [daemon.pid];
  for (const pid of await processesNaming("containerd.toml")) {
    const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
    if (children.includes(String(pid)) || status.includes(`\nPPid:\t${daemon.pid}\n`)) found.push(pid);
  }
  return found;
}

async function startRegistry(place: Place, data: string): Promise<ChildProcess> {
  const config = join(place.directory, "registry.yml");
  await writeFile(
    config,
    `version: 0.1
log: {level: info}
storage: {filesystem: {rootdirectory: ${data}}}
http: {addr: "${registryHost}"}
`,
  );
  return await startDaemon([...place.enter, "docker-registry", "serve", config], "listening on", place);
}

async function startDaemon(
  argv: readonly [string, ...string[]],
  mark: string,
  { signal }: Place,
): Promise<ChildProcess> {
  const [program, ...args] = argv;
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  try {
    await hasSaid(child, mark, signal);
    return child;
  } catch (error) {
    await endProgram(child);
    throw error;
  }
}

/** The bundled engine at `bundle`, run by this Node; the docker CLI is its client. */
export function berth(bundle: string): (place: Place) => Promise<Engine> {
  return async (place) => {
    const root = join(place.directory, "root");
    const socket = join(place.directory, "berth.sock");
    const daemon = await startDaemon(
      [
        ...place.enter,
        ...[process.execPath, bundle, "engine", "--log-level", "debug"],
        ...["--root", root, "--socket", socket],
      ],
      `listening on unix://${socket}`,
      place,
    );
    let log = "";
    daemon.stderr?.on("data", (chunk) => {
      log = `${log}${String(chunk)}`.slice(-8_000_000);
    });
    const instance = instanceId(root);
    const env = { DOCKER_HOST: `unix://${socket}`, DOCKER_CLI_HINTS: "false", DOCKER_BUILDKIT: "0" };
    return {
      name: "berth",
      command: (args) => ({ argv: ["docker", ...args], env }),
      build: (options, context) => ({ argv: ["docker", "build", "-q", ...options, context], env }),
      daemon,
      log: () => log,
      watcherMark: `/run/berth/${instance}/`,
      insecure: [],
      dispose: async () => {
        await endProgram(daemon);
        await removeGroups(`berth-${instance}`);
        await rm(join("/run/berth", instance), { recursive: true, force: true });
      },
    };
  };
}

/** Debian's dockerd; builds go through Debian's CLI, which still has a BuildKit client of its own. */
export async function dockerd(place: Place): Promise<Engine> {
  const socket = join(place.directory, "docker.sock");
  const exec = join(place.directory, "exec");
  const daemon = await startDaemon(
    [
      ...place.enter,
      ...["dockerd", "--host", `unix://${socket}`, "--data-root", join(place.directory, "root")],
      ...["--exec-root", exec, "--pidfile", join(place.directory, "pid")],
    ],
    "API listen on",
    place,
  );
  const env = { DOCKER_HOST: `unix://${socket}`, DOCKER_CLI_HINTS: "false" };
  return {
    name: "dockerd",
    command: (args) => ({ argv: ["docker", ...args], env }),
    build: (options, context) => ({
      argv: ["/usr/bin/docker", "build", "-q", ...options, context],
      env: { ...env, DOCKER_BUILDKIT: "1" },
    }),
    daemon,
    log: () => "",
    watcherMark: exec,
    insecure: [],
    dispose: () => endProgram(daemon),
  };
}

/** Podman, with buildah's program for builds. On hybrid control groups crun refuses to start, so podman uses runc; buildah isolates by
 * chroot, because its runtime would raise limits that a root without CAP_SYS_RESOURCE may not. */
export async function podman({ directory, enter }: Place): Promise<Engine> {
  const runroot = join(directory, "run");
  const stores = ["--root", join(directory, "root"), "--runroot", runroot];
  const networks = join(directory, "networks");
  await mkdir(networks);
  const policy = join(directory, "policy.json");
  await writeFile(policy, '{"default": [{"type": "insecureAcceptAnything"}]}\n');
  const configuration = join(directory, "registries.conf");
  await writeFile(configuration, `[[registry]]\nlocation = "${registryHost}"\ninsecure = true\n`);
  const env = { CONTAINERS_REGISTRIES_CONF: configuration, BUILDAH_ISOLATION: "chroot" };
  const runtime = ["--cgroup-manager", "cgroupfs", "--runtime", "runc", "--events-backend", "file"];
  const own = ["--network-config-dir", networks, "--tmpdir", join(directory, "tmp")];
  // Podman raises both limits to the kernel's maximum, which a root without CAP_SYS_RESOURCE may not.
  const limits = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=4096:4096"];
  const withLimits = ([verb = "", ...rest]: readonly string[]) =>
    verb === "run" || verb === "create" ? [verb, ...limits, ...rest] : [verb, ...rest];
  return {
    name: "podman",
    command: (args) => ({
      argv: [...enter, "podman", ...stores, ...runtime, ...own, ...withLimits(args)],
      env,
    }),
    build: (options, context) => ({
      argv: [
        ...[...enter, "buildah", ...stores, "build", "-q", "--layers", "--runtime", "runc"],
        ...["--signature-policy", policy, ...options, context],
      ] as [string, ...string[]],
      env,
    }),
    daemon: undefined,
    log: () => "",
    watcherMark: runroot,
    insecure: ["--signature-policy", policy],
    dispose: async () => {},
  };
}

async function removeGroups(name: string): Promise<void> {
  const top = "/sys/fs/cgroup";
  for (const hierarchy of ["", ...(await readdir(top))])
    await rmdir(join(top, hierarchy, name)).catch(() => {});
}

async function mountsBelow(directory: string): Promise<readonly string[]> {
  const table = await readFile("/proc/self/mounts", "utf8");
  const targets = table.split("\n").map((line) => line.split(" ")[1] ?? "");
  return targets.filter((target) => target.startsWith(`${directory}/`)).reverse();
}
