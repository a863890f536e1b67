import { mkdir, readdir, rm, rmdir, unlink, writeFile } from "node:fs/promises";
import { join, posix } from "node:path";
import { EngineError } from "../error.ts";
import { removeEmptyCgroup } from "../host/cgroup.ts";
import { descriptorPath, openInRoot } from "../host/in-root.ts";
import { deleteContainer, runContainer } from "../host/oci-runtime.ts";
import { run, startProgram } from "../host/run.ts";
import { ociSpec } from "./bundle.ts";
import type { ContainerMount } from "./document.ts";
import type { Sandbox, SandboxRequest, StepRequest, StepRunner } from "./ports.ts";
import type { Room } from "./room.ts";
import { userIn } from "./start.ts";

/** Runs one process in a given root for a build step, and leaves nothing of it. */
export function createStepRunner(room: Room): StepRunner {
  return {
    run: async (step, signal) => {
      const undo: (() => Promise<unknown>)[] = [];
      const takeDown = async () => {
        for (const one of undo.splice(0).reverse()) {
          await one().catch((error) =>
            room.log.warn("taking down a build step failed", { id: step.id, error }),
          );
        }
      };
      try {
        const bundle = await prepare(room, step, undo, signal);
        const program = startProgram(
          { ...runContainer(room.runtime, step.id, bundle), stdin: "none", stderr: "pipe" },
          signal,
        );
        undo.push(() => removeEmptyCgroup(stepCgroup(room, step.id)));
        // An aborted step is killed with its runtime; the container itself goes with `delete --force`.
        undo.push(() =>
          run(deleteContainer(room.runtime, step.id), AbortSignal.timeout(30_000)).catch(() => {}),
        );
        if (program.stderr === undefined) throw new Error("the step has no standard error");
        const exited = program.exited.then(async (code) => {
          await takeDown();
          return code;
        });
        return { stdout: program.stdout, stderr: program.stderr, exited };
      } catch (error) {
        await takeDown();
        throw error;
      }
    },
  };
}

async function prepare(
  room: Room,
  step: StepRequest,
  undo: (() => Promise<unknown>)[],
  signal: AbortSignal,
): Promise<string> {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,120}$/.test(step.id)) {
    throw new EngineError("invalid-argument", `${JSON.stringify(step.id)} cannot be the id of a build step`);
  }
  const bundle = join(room.paths.stepRoot, step.id);
  await mkdir(bundle, { recursive: true, mode: 0o700 });
  undo.push(() => rm(bundle, { recursive: true, force: true }));
  const request = stepSandbox(step);
  const sandbox = await room.networks.create(request, signal);
  undo.push(() => room.networks.remove(step.id, AbortSignal.timeout(30_000)));
  const files = await writeFiles(
    bundle,
    request,
    sandbox,
    step.mounts.map((mount) => mount.target),
  );
  const targets = [
    ...files.map((file) => file.target),
    ...step.mounts.map((mount) => mount.target),
    ...systemTargets,
  ];
  const stubs = await missingTargets(step.rootfs, targets);
  undo.push(() => removeStubs(step.rootfs, stubs));
  const spec = ociSpec({
    config: { Env: step.env, WorkingDir: step.cwd },
    hostConfig: {
      ...step.limits,
      NetworkMode: step.networkMode,
      ...(step.shmSizeBytes === undefined ? {} : { ShmSize: step.shmSizeBytes }),
    },
    args: step.args,
    hostname: request.hostname,
    rootfs: step.rootfs,
    mounts: step.mounts.map(stepMount),
    files,
    user: await userIn(step.rootfs, step.user, []),
    devices: [],
    blockDevices: new Map(),
    netnsPath: sandbox.netnsPath,
    joined: {},
    cgroupsPath: stepCgroup(room, step.id),
    host: room.bundleHost,
  });
  await writeFile(join(bundle, "config.json"), JSON.stringify(spec), { mode: 0o600 });
  return bundle;
}

function stepCgroup(room: Room, id: string): string {
  return `/berth-${room.instance}/build-${id}`;
}

function stepSandbox(step: StepRequest): SandboxRequest {
  return {
    containerId: step.id,
    name: step.id,
    hostname: step.hostname ?? "buildkitsandbox",
    domainname: "",
    networkMode: step.networkMode || "default",
    endpoints: {},
    portBindings: {},
    exposedPorts: [],
    publishAllPorts: false,
    dns: [],
    dnsSearch: [],
    dnsOptions: [],
    extraHosts: step.extraHosts ?? [],
  };
}

async function writeFiles(
  bundle: string,
  request: SandboxRequest,
  sandbox: Sandbox,
  taken: readonly string[],
): Promise<readonly { target: string; source: string }[]> {
  const texts = {
    hostname: `${request.hostname}\n`,
    hosts: sandbox.hosts,
    "resolv.conf": sandbox.resolvConf,
  };
  const files = [];
  for (const [name, text] of Object.entries(texts)) {
    if (taken.includes(`/etc/${name}`)) continue;
    await writeFile(join(bundle, name), text, { mode: 0o644 });
    files.push({ target: `/etc/${name}`, source: join(bundle, name) });
  }
  return files;
}

function stepMount(mount: StepRequest["mounts"][number]): ContainerMount {
  return {
    type: mount.type,
    source: mount.source,
    target: mount.target,
    readOnly: mount.readOnly,
    mode: "",
    propagation: "rprivate",
    recursive: true,
    options: mount.options ?? [],
  };
}

const systemTargets = ["/proc", "/dev", "/sys"];

/** Every place on the way to a mount that the runtime will have to make, the deepest first. */
async function missingTargets(rootfs: string, targets: readonly string[]): Promise<readonly string[]> {
  const missing = new Set<string>();
  for (const target of targets) {
    for (let path = posix.normalize(target); path !== "/"; path = posix.dirname(path)) {
      const place = await openInRoot(rootfs, path);
      if (place !== undefined) {
        await place.close();
        break;
      }
      missing.add(path);
    }
  }
  return [...missing].sort((a, b) => b.length - a.length);
}

/** Takes out what the runtime made for its mounts, so that it is in no layer; what a step filled stays. */
async function removeStubs(rootfs: string, stubs: readonly string[]): Promise<void> {
  for (const path of stubs) {
    const parent = await openInRoot(rootfs, posix.dirname(path));
    if (parent === undefined) continue;
    try {
      const entry = `${descriptorPath(parent)}/${posix.basename(path)}`;
      const place = await openInRoot(descriptorPath(parent), posix.basename(path));
      const info = await place?.stat();
      await place?.close();
      if (info?.isDirectory()) await rmdir(entry).catch(keepFilled);
      else if (info?.isFile() && info.size === 0) await unlink(entry);
    } finally {
      await parent.close();
    }
  }
}

function keepFilled(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOTEMPTY" && error.code !== "ENOENT") throw error;
}

/** Takes down steps of an engine that was killed. */
export async function sweepSteps(room: Room): Promise<void> {
  const names = await readdir(room.paths.stepRoot).catch(() => []);
  for (const id of names) {
    await run(deleteContainer(room.runtime, id), AbortSignal.timeout(30_000)).catch(() => {});
    await removeEmptyCgroup(stepCgroup(room, id));
    await room.networks.remove(id, AbortSignal.timeout(30_000));
    await rm(join(room.paths.stepRoot, id), { recursive: true, force: true });
  }
}
