import { readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isSupervised } from "../host/conmon.ts";
import { containerState, deleteContainer, type RuntimeStatus } from "../host/oci-runtime.ts";
import { run } from "../host/run.ts";
import type { HealthMonitor } from "./health.ts";
import type { LogRotation } from "./log-rotation.ts";
import type { ContainerRecord } from "./record.ts";
import { removeContainer } from "./remove.ts";
import { type Room, runtimeOf } from "./room.ts";
import { finishRun, hasRunDirectory, readExitFile, removeRunDirectory, takeDown } from "./run-end.ts";
import { releaseSharedMemory } from "./shared-memory.ts";
import { sweepSteps } from "./step.ts";
import { sweepSubpaths } from "./subpaths.ts";
import type { Supervisor } from "./supervise.ts";

/** What looks after a run while an engine is there. */
export interface RunWatchers {
  readonly health: HealthMonitor;
  readonly rotation: LogRotation;
}

/**
 * Compares what is on disk with what lives, and repairs: ends that were not seen are noted, half-done starts and removals
 * are taken back or finished, restart policies apply. Doing it again changes nothing.
 */
export async function restoreContainers(
  room: Room,
  supervisor: Supervisor,
  watchers: RunWatchers,
  signal: AbortSignal,
): Promise<void> {
  await sweepSteps(room);
  await sweepExecs(room);
  await sweepSubpaths(room);
  await sweepUnknown(room);
  for (const record of room.table.all()) {
    signal.throwIfAborted();
    await room.locks.run(record.id, async () => {
      try {
        await restoreContainer(room, record, supervisor, watchers, signal);
      } catch (error) {
        room.log.error("restoring a container failed", { id: record.id, error });
      }
    });
  }
}

async function restoreContainer(
  room: Room,
  record: ContainerRecord,
  supervisor: Supervisor,
  watchers: RunWatchers,
  signal: AbortSignal,
): Promise<void> {
  const { id } = record;
  const { state, hostConfig } = record.document;
  if (state.status === "removing")
    return await removeContainer(room, record, { removeVolumes: hostConfig.AutoRemove === true });

  const exit = await readExitFile(room, id);
  const lives = exit === undefined && (await isSupervised(room.paths.runDirectory(id), id));
  if (lives) {
    const status = await runtimeStatus(room, record, signal);
    if (status?.status === "running" || status?.status === "paused") {
      return await adopt(room, record, { status: status.status, pid: status.pid }, watchers);
    }
  }
  if (record.isRunning) {
    // It ended while no engine looked; without an exit file the machine or its supervisor went down.
    const end = exit ?? { exitCode: 137, finishedAt: new Date().toISOString() };
    if ((await finishRun(room, record, end)) === "restart") return supervisor.restartLater(record, 0);
  } else if (await hasRunDirectory(room, id)) {
    // A start that was interrupted, or a cleaning up.
    await takeDown(room, record);
    await rm(join(room.paths.exitDirectory, id), { force: true });
  }
  const { status, startedAt } = record.state;
  if (hostConfig.AutoRemove === true && status === "exited" && startedAt !== neverStarted) {
    return await removeContainer(room, record, { removeVolumes: true });
  }
  if (status === "restarting") supervisor.restartLater(record, 0);
  else if (
    status === "exited" &&
    hostConfig.RestartPolicy?.Name === "always" &&
    record.document.stoppedByUser
  ) {
    // Docker's rule: `always` brings even a stopped one back when the engine starts.
    await record.updateState({ status: "restarting" });
    supervisor.restartLater(record, 0);
  }
}

const neverStarted = "0001-01-01T00:00:00Z";

/** A container that went on without the engine. */
async function adopt(
  room: Room,
  record: ContainerRecord,
  found: { readonly status: "running" | "paused"; readonly pid: number },
  watchers: RunWatchers,
): Promise<void> {
  const sandbox = await room.networks.find(record.id);
  const { state } = record.document;
  const startedAt = record.isRunning ? state.startedAt : new Date().toISOString();
  await record.update({
    state: { ...state, ...found, startedAt },
    ...(sandbox === undefined ? {} : { networkSettings: sandbox.settings }),
  });
  watchers.health.begin(record);
  watchers.rotation.begin(record);
  room.log.info("container found running", { id: record.id, name: record.document.name });
}

async function runtimeStatus(
  room: Room,
  { id, document }: ContainerRecord,
  signal: AbortSignal,
): Promise<{ readonly status: RuntimeStatus; readonly pid: number } | undefined> {
  return await run(containerState(runtimeOf(room, document), id), signal).catch(() => undefined);
}

/** What a create or a removal that was cut short left of containers that have no document. */
async function sweepUnknown(room: Room): Promise<void> {
  const roots = [dirname(room.paths.directory("x")), dirname(room.paths.runDirectory("x"))];
  const names = await Promise.all(roots.map((root) => readdir(root).catch(() => [])));
  const known = new Set(room.table.all().map((record) => record.id));
  for (const id of new Set(names.flat())) {
    if (!/^[0-9a-f]{64}$/.test(id) || known.has(id)) continue;
    try {
      for (const runtime of room.runtimes.values()) {
        await run(deleteContainer(runtime, id), AbortSignal.timeout(30_000)).catch(() => {});
      }
      await room.networks.remove(id, AbortSignal.timeout(30_000));
      await releaseSharedMemory(room, id);
      await room.rootfs.unmount(room.paths.rootfs(id), AbortSignal.timeout(30_000));
      await removeRunDirectory(room, id);
      await room.rootfs.remove(id);
      await rm(room.paths.directory(id), { recursive: true, force: true });
    } catch (error) {
      room.log.warn("removing what is left of a container failed", { id, error });
    }
  }
}

/** Execs with a terminal whose process has ended leave their directory when the engine was killed. */
async function sweepExecs(room: Room): Promise<void> {
  const root = join(room.paths.execDirectory("x"), "..");
  for (const name of await readdir(root).catch(() => [])) {
    const directory = join(root, name);
    const owners = room.table.all().filter((record) => record.isRunning);
    const alive = await Promise.all(owners.map((owner) => isSupervised(directory, owner.id)));
    if (!alive.includes(true)) await rm(directory, { recursive: true, force: true });
  }
}
