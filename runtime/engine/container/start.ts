import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { HostConfig } from "../../api/types/container.ts";
import { EngineError } from "../error.ts";
import { removeEmptyCgroup } from "../host/cgroup.ts";
import { OciRuntimeError, superviseContainer } from "../host/conmon.ts";
import { findProgram } from "../host/detect.ts";
import { readDevices, readDeviceTree } from "../host/devices.ts";
import { readFileInRoot } from "../host/in-root.ts";
import { deleteContainer, startCreated } from "../host/oci-runtime.ts";
import { CommandError, run } from "../host/run.ts";
import { ociSpec } from "./bundle.ts";
import { timestampNow } from "./clock.ts";
import type { ContainerDocument } from "./document.ts";
import { logLimit } from "./log-limit.ts";
import { supervisorLimitBytes } from "./log-rotation.ts";
import type { OciDevice, OciSpec, OciUser } from "./oci-spec.ts";
import type { Sandbox } from "./ports.ts";
import type { ContainerRecord } from "./record.ts";
import { findBlockDevices } from "./resources.ts";
import { cgroupPath, publishEvent, type Room, runtimeOf } from "./room.ts";
import { removeRunDirectory } from "./run-end.ts";
import { containerHostname, sandboxRequest } from "./sandbox-request.ts";
import { prepareSharedMemory, releaseSharedMemory } from "./shared-memory.ts";
import { mountSubpaths } from "./subpaths.ts";
import { type AccountFiles, resolveUser } from "./user.ts";

/**
 * Builds everything a run needs and starts the process; on failure all of it is taken down again and the reason stands in
 * the container's state. The caller holds the container's lock and has checked that it does not run.
 */
export async function startRun(room: Room, record: ContainerRecord, signal: AbortSignal): Promise<void> {
  const { id } = record;
  const runtime = runtimeOf(room, record.document);
  const undo: (() => Promise<unknown>)[] = [];
  try {
    await mkdir(room.paths.rootfs(id), { recursive: true, mode: 0o710 });
    undo.push(() => removeRunDirectory(room, id));
    undo.push(() => room.rootfs.unmount(room.paths.rootfs(id), undoSignal()));
    undo.push(() => room.networks.remove(id, undoSignal()));
    const attached = Object.keys(record.document.networkSettings.Networks);
    const network = room.networks.create({ ...sandboxRequest(record.document), attached }, signal);
    // Both come to their end before anything is undone.
    const [mounted] = await Promise.allSettled([
      room.rootfs.mount(id, room.paths.rootfs(id), signal),
      network,
    ]);
    if (mounted.status === "rejected") throw mounted.reason;
    const sandbox = await network;
    await writeNameFiles(room, record.document, sandbox);
    for (const { type, name } of record.document.mounts) {
      if (type === "volume" && name !== undefined) await room.volumes.ensureMounted(name);
    }
    undo.push(() => releaseSharedMemory(room, id));
    const sharedMemory = await prepareSharedMemory(room, record.document, signal);
    // Held until the OCI runtime has mounted them.
    await using held = await mountSubpaths(room, record.document, signal);
    const spec = await planSpec(room, { ...record.document, mounts: held.mounts }, sandbox, sharedMemory);
    await writeFile(join(room.paths.runDirectory(id), "config.json"), JSON.stringify(spec), { mode: 0o600 });
    // The OCI runtime leaves the cgroup of a container that it could not make.
    undo.push(() => removeEmptyCgroup(cgroupPath(room, record.document)));
    undo.push(() => run(deleteContainer(runtime, id), undoSignal()).catch(() => {}));
    const pid = await superviseContainer(
      {
        conmon: room.host.conmon.path,
        runtime,
        containerId: id,
        directory: room.paths.runDirectory(id),
        exitDirectory: room.paths.exitDirectory,
        logPath: room.paths.logFile(id),
        ...supervisorLimit(record.document),
        terminal: record.document.config.Tty === true,
        stdin: record.document.config.OpenStdin === true,
        leaveStdinOpen: record.document.config.StdinOnce !== true,
      },
      signal,
    );
    await run(startCreated(runtime, id), signal);
    await record.update({
      networkSettings: sandbox.settings,
      state: {
        ...record.state,
        status: "running",
        pid,
        exitCode: 0,
        error: "",
        oomKilled: false,
        startedAt: timestampNow(),
      },
    });
  } catch (error) {
    for (const step of undo.reverse()) {
      await step().catch((failure) => room.log.error("undoing a start failed", { id, error: failure }));
    }
    // conmon reports the end of a container that was created and deleted; it is no end of a run.
    await rm(join(room.paths.exitDirectory, id), { force: true });
    const { message, exitCode } = describeFailure(error);
    await record.updateState({ pid: 0, exitCode, error: message });
    throw error instanceof CommandError ? new EngineError("internal", message, { cause: error }) : error;
  }
  room.log.info("container started", { id, name: record.document.name });
  publishEvent(room, record, "start");
}

function supervisorLimit(document: ContainerDocument): { logSizeMaxBytes?: number } {
  const bytes = supervisorLimitBytes(logLimit(document.hostConfig));
  return bytes === undefined ? {} : { logSizeMaxBytes: bytes };
}

function undoSignal(): AbortSignal {
  return AbortSignal.timeout(30_000);
}

function describeFailure(error: unknown): { message: string; exitCode: number } {
  if (error instanceof OciRuntimeError) return { message: error.message, exitCode: error.exitCode };
  if (error instanceof CommandError) {
    return { message: `OCI runtime start failed: ${error.stderr.trim() || error.message}`, exitCode: 127 };
  }
  return { message: error instanceof Error ? error.message : String(error), exitCode: 128 };
}

/** `/etc/hostname`, `/etc/hosts` and `/etc/resolv.conf` as the container will see them. */
export async function writeNameFiles(
  room: Room,
  document: ContainerDocument,
  sandbox: Pick<Sandbox, "hosts" | "resolvConf">,
): Promise<void> {
  const write = (name: "hostname" | "hosts" | "resolv.conf", text: string) =>
    // Written in place: the files are bind-mounted, and a new file would not be seen inside.
    writeFile(room.paths.nameFile(document.id, name), text, { mode: 0o644 });
  await write("hostname", `${containerHostname(document)}\n`);
  await write("hosts", sandbox.hosts);
  await write("resolv.conf", sandbox.resolvConf);
}

async function planSpec(
  room: Room,
  document: ContainerDocument,
  sandbox: Sandbox,
  sharedMemory: string | undefined,
): Promise<OciSpec> {
  const { id, hostConfig, config } = document;
  const taken = new Set(document.mounts.map((mount) => mount.target));
  const files = (["hostname", "hosts", "resolv.conf"] as const)
    .map((name) => ({ target: `/etc/${name}`, source: room.paths.nameFile(id, name) }))
    .filter(({ target }) => !taken.has(target));
  const init = wantsInit(hostConfig) ? await findInit() : undefined;
  const pidNamespace = joinedNamespace(room, hostConfig.PidMode, "pid");
  const ipcNamespace = joinedNamespace(room, hostConfig.IpcMode, "ipc");
  return ociSpec({
    config,
    hostConfig,
    args: init === undefined ? document.args : [initTarget, "--", ...document.args],
    hostname: containerHostname(document),
    rootfs: room.paths.rootfs(id),
    mounts: document.mounts,
    files: init === undefined ? files : [...files, { target: initTarget, source: init, readOnly: true }],
    user: await userIn(room.paths.rootfs(id), config.User ?? "", hostConfig.GroupAdd ?? []),
    devices: await findDevices(document),
    blockDevices: await findBlockDevices(hostConfig),
    netnsPath: sandbox.netnsPath,
    joined: {
      ...(pidNamespace === undefined ? {} : { pid: pidNamespace }),
      ...(ipcNamespace === undefined ? {} : { ipc: ipcNamespace }),
    },
    ...(sharedMemory === undefined ? {} : { sharedMemory }),
    cgroupsPath: cgroupPath(room, document),
    host: room.bundleHost,
  });
}

/** Where Docker puts it. */
const initTarget = "/sbin/docker-init";

/** As in Docker, a container in another's process ids has no init of its own. */
function wantsInit(host: HostConfig): boolean {
  return host.Init === true && (host.PidMode ?? "") === "";
}

/** A static one: the image may have no C library. */
async function findInit(): Promise<string> {
  const path = await findProgram("tini-static");
  if (path !== undefined) return path;
  throw new EngineError(
    "unavailable",
    "cannot run the container with an init process: tini-static was not found; install the package tini",
  );
}

function joinedNamespace(room: Room, mode: string | undefined, kind: "pid" | "ipc"): string | undefined {
  if (mode === undefined || !mode.startsWith("container:")) return undefined;
  const name = mode.slice("container:".length);
  const other = room.table.find(name);
  // Not `not-found`: that would speak of the container that is started.
  if (other === undefined) {
    throw new EngineError("conflict", `cannot join ${kind} namespace: No such container: ${name}`);
  }
  if (!other.isRunning) {
    throw new EngineError(
      "conflict",
      `cannot join ${kind} namespace of container ${other.id}: it is not running`,
    );
  }
  return `/proc/${other.state.pid}/ns/${kind}`;
}

const accountFileLimitBytes = 1024 * 1024;

/** A user as the container's own passwd and group name it. */
export async function userIn(rootfs: string, user: string, groupAdd: readonly string[]): Promise<OciUser> {
  const files: AccountFiles = {
    passwd: await readFileInRoot(rootfs, "/etc/passwd", accountFileLimitBytes),
    group: await readFileInRoot(rootfs, "/etc/group", accountFileLimitBytes),
  };
  return resolveUser(user, files, groupAdd);
}

async function findDevices(
  document: ContainerDocument,
): Promise<readonly (OciDevice & { access: string })[]> {
  const { hostConfig } = document;
  const all = hostConfig.Privileged === true ? await readDeviceTree("/dev", "/dev") : [];
  const asked = [];
  for (const mapping of hostConfig.Devices ?? []) {
    const access = mapping.CgroupPermissions || "rwm";
    if (!/^[rwm]{1,3}$/.test(access)) {
      throw new EngineError("invalid-argument", `invalid device permissions: ${access}`);
    }
    const nodes = await readDevices(mapping.PathOnHost, mapping.PathInContainer || mapping.PathOnHost);
    asked.push(...nodes.map((node) => ({ ...node, access })));
  }
  const targets = new Set(asked.map((node) => node.path));
  return [
    ...all.filter((node) => !targets.has(node.path)).map((node) => ({ ...node, access: "rwm" })),
    ...asked,
  ];
}
