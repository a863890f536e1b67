import { type FSWatcher, watch } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { HealthMonitor } from "./health.ts";
import type { LogRotation } from "./log-rotation.ts";
import type { ContainerRecord } from "./record.ts";
import { removeContainer } from "./remove.ts";
import { restartDelayMs } from "./restart-policy.ts";
import { publishEvent, type Room } from "./room.ts";
import { finishRun, readExitFile } from "./run-end.ts";
import { startRun } from "./start.ts";

/** Sees runs end and does what follows: notes the end, cleans up, restarts or removes. */
export interface Supervisor {
  /** Starts a run; the caller holds the lock. */
  readonly start: (record: ContainerRecord, signal: AbortSignal) => Promise<void>;
  /** Notes an end that has an exit file; does nothing without one. The caller holds the lock. */
  readonly noteExit: (record: ContainerRecord) => Promise<void>;
  /** Starts a container by itself after `delayMs`, unless it is started, stopped or removed before. */
  readonly restartLater: (record: ContainerRecord, delayMs: number) => void;
  readonly cancelRestart: (record: ContainerRecord) => void;
  /** Begins to watch; ends with the room's signal. */
  readonly watch: () => Promise<void>;
  /** Resolves when nothing is under way any more. */
  readonly settled: () => Promise<void>;
}

export function createSupervisor(room: Room, health: HealthMonitor, rotation: LogRotation): Supervisor {
  const timers = new Map<string, NodeJS.Timeout>();
  const delays = new Map<string, number>();
  const underway = new Set<Promise<void>>();

  /** For work that nobody waits for. */
  function follow(id: string, work: Promise<void>): void {
    const guarded = work
      .catch((error) => room.log.error("following a container's end failed", { id, error }))
      .finally(() => underway.delete(guarded));
    underway.add(guarded);
  }
  let watcher: FSWatcher | undefined;

  async function start(record: ContainerRecord, signal: AbortSignal): Promise<void> {
    cancelRestart(record);
    await startRun(room, record, signal);
    health.begin(record);
    rotation.begin(record);
    // It may have ended before anybody knew it as running.
    await noteExit(record);
  }

  async function noteExit(record: ContainerRecord): Promise<void> {
    const exit = await readExitFile(room, record.id);
    if (exit === undefined) return;
    if (!record.isRunning) {
      // Left from a start that failed, or seen by the engine before this one.
      await rm(join(room.paths.exitDirectory, record.id), { force: true });
      return;
    }
    health.end(record);
    rotation.end(record);
    const ranMs = Date.parse(exit.finishedAt) - Date.parse(record.state.startedAt);
    const next = await finishRun(room, record, exit);
    record.announceExit({ restarts: next === "restart" });
    if (next === "restart") {
      const delayMs = restartDelayMs(delays.get(record.id) ?? 0, ranMs);
      delays.set(record.id, delayMs);
      restartLater(record, delayMs);
      return;
    }
    delays.delete(record.id);
    if (record.document.hostConfig.AutoRemove === true) {
      await removeContainer(room, record, { removeVolumes: true });
    }
  }

  function restartLater(record: ContainerRecord, delayMs: number): void {
    cancelRestart(record);
    if (room.signal.aborted) return;
    const again = async () => {
      timers.delete(record.id);
      await room.locks.run(record.id, async () => {
        if (record.state.status !== "restarting" || room.signal.aborted) return;
        try {
          await start(record, room.signal);
        } catch (error) {
          // The engine that comes next finds it waiting for its restart.
          if (room.signal.aborted) return;
          room.log.warn("restarting a container failed", { id: record.id, error });
          await giveUp(record);
        }
      });
    };
    timers.set(
      record.id,
      setTimeout(() => follow(record.id, again()), delayMs),
    );
  }

  async function giveUp(record: ContainerRecord): Promise<void> {
    await record.updateState({ status: "exited" });
    record.announceExit({ restarts: false });
    publishEvent(room, record, "die", { exitCode: String(record.state.exitCode) });
  }

  function cancelRestart(record: ContainerRecord): void {
    clearTimeout(timers.get(record.id));
    timers.delete(record.id);
  }

  async function notice(name: string): Promise<void> {
    const record = room.table.all().find((one) => one.id === name);
    if (record === undefined) return;
    await room.locks.run(record.id, () => noteExit(record));
  }

  async function watchExits(): Promise<void> {
    await mkdir(room.paths.exitDirectory, { recursive: true, mode: 0o700 });
    watcher = watch(room.paths.exitDirectory, (_event, name) => {
      if (name !== null && /^[0-9a-f]{64}$/.test(name)) follow(name, notice(name));
    });
    watcher.on("error", (error) => room.log.error("watching for ends failed", { error }));
    room.signal.addEventListener(
      "abort",
      () => {
        watcher?.close();
        for (const timer of timers.values()) clearTimeout(timer);
      },
      { once: true },
    );
    for (const name of await readdir(room.paths.exitDirectory)) {
      if (/^[0-9a-f]{64}$/.test(name)) follow(name, notice(name));
    }
  }

  const settled = async () => {
    while (underway.size > 0) await Promise.all(underway);
  };

  return { start, noteExit, restartLater, cancelRestart, watch: watchExits, settled };
}
