import { access, readFile, rm, rmdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { removeEmptyCgroup } from "../host/cgroup.ts";
import { deleteContainer } from "../host/oci-runtime.ts";
import { run } from "../host/run.ts";
import type { ContainerRecord } from "./record.ts";
import { wantsRestart } from "./restart-policy.ts";
import { cgroupPath, publishEvent, type Room, runtimeOf } from "./room.ts";
import { releaseSharedMemory } from "./shared-memory.ts";

export interface ExitFile {
  readonly exitCode: number;
  /** RFC 3339. */
  readonly finishedAt: string;
}

/** What conmon wrote when the container ended; undefined while it has not. */
export async function readExitFile(room: Room, id: string): Promise<ExitFile | undefined> {
  const path = join(room.paths.exitDirectory, id);
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined || !/^[0-9]+/.test(text)) return undefined;
  const { mtimeNs } = await stat(path, { bigint: true });
  const below = String(mtimeNs % 1_000_000n).padStart(6, "0");
  const finishedAt = new Date(Number(mtimeNs / 1_000_000n)).toISOString().replace("Z", `${below}Z`);
  return { exitCode: Number.parseInt(text, 10), finishedAt };
}

/**
 * Notes the end of a run on disk, takes down what the run had, and says whether the restart policy wants another one.
 * The caller holds the lock. Doing it twice changes nothing.
 */
export async function finishRun(
  room: Room,
  record: ContainerRecord,
  exit: ExitFile,
): Promise<"restart" | "stay"> {
  const { id } = record;
  const { state, hostConfig, restartCount, stoppedByUser } = record.document;
  const oomKilled = await exists(join(room.paths.runDirectory(id), "oom"));
  const restarts = wantsRestart(hostConfig.RestartPolicy, {
    exitCode: exit.exitCode,
    restartCount,
    stoppedByUser,
  });
  const ranMs = Date.parse(exit.finishedAt) - Date.parse(state.startedAt);
  await record.update({
    restartCount: restarts ? restartCount + 1 : restartCount,
    state: {
      ...state,
      status: restarts ? "restarting" : "exited",
      pid: 0,
      exitCode: exit.exitCode,
      oomKilled,
      finishedAt: exit.finishedAt,
    },
  });
  await takeDown(room, record);
  await rm(join(room.paths.exitDirectory, id), { force: true });
  room.log.info("container ended", { id, name: record.document.name, exitCode: exit.exitCode });
  if (oomKilled) publishEvent(room, record, "oom");
  publishEvent(room, record, "die", {
    exitCode: String(exit.exitCode),
    execDuration: String(Math.max(0, Math.floor(ranMs / 1000))),
  });
  return restarts ? "restart" : "stay";
}

/** Removes what a run leaves: the runtime's state, the sandbox, the mount, the run directory. Each step may be done already. */
export async function takeDown(room: Room, record: ContainerRecord): Promise<void> {
  const { id } = record;
  const limit = AbortSignal.timeout(60_000);
  const step = async (what: string, work: () => Promise<unknown>) => {
    await work().catch((error) => room.log.warn("taking down a run failed", { id, what, error }));
  };
  const runtime = async () => {
    await step("runtime", () => run(deleteContainer(runtimeOf(room, record.document), id), limit));
    await step("cgroup", () => removeEmptyCgroup(cgroupPath(room, record.document)));
  };
  await Promise.all([
    runtime(),
    step("network", () => room.networks.remove(id, limit)),
    step("rootfs", () => room.rootfs.unmount(room.paths.rootfs(id), limit)),
  ]);
  if (record.document.hostConfig.IpcMode === "shareable") {
    await step("shared memory", () => releaseSharedMemory(room, id));
  }
  await step("run directory", () => removeRunDirectory(room, id));
}

/** Never goes below what is still mounted. */
export async function removeRunDirectory(room: Room, id: string): Promise<void> {
  for (const place of [room.paths.rootfs(id), join(room.paths.runDirectory(id), "shm")]) {
    await rmdir(place).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
  }
  await rm(room.paths.runDirectory(id), { recursive: true, force: true });
}

/** True while anything of a run may be left. */
export async function hasRunDirectory(room: Room, id: string): Promise<boolean> {
  return await exists(room.paths.runDirectory(id));
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
