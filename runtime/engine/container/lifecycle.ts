import { join } from "node:path";
import { EngineError } from "../error.ts";
import { resizeRequest } from "../host/conmon.ts";
import { killContainer, pauseContainer, resumeContainer } from "../host/oci-runtime.ts";
import { CommandError, run } from "../host/run.ts";
import { parseSignal } from "../host/signal-name.ts";
import { writeFifo } from "../host/write-fifo.ts";
import type { ContainerBackend } from "../http/backend.ts";
import type { ContainerRecord } from "./record.ts";
import { removeContainer } from "./remove.ts";
import { publishEvent, type Room, runtimeOf } from "./room.ts";
import type { Supervisor } from "./supervise.ts";
import { createUpdate } from "./update.ts";
import { parseContainerName } from "./validate.ts";
import { within } from "./within.ts";

type Lifecycle = Pick<
  ContainerBackend,
  | "start"
  | "stop"
  | "restart"
  | "kill"
  | "pause"
  | "unpause"
  | "rename"
  | "update"
  | "remove"
  | "wait"
  | "resize"
>;

const sigkill = 9;
const defaultStopSeconds = 10;
/** After SIGKILL a process may still hang in the kernel (a dead NFS server). */
const killLimitMs = 30_000;

/** Everything that changes a container's state by a client's wish. */
export function createLifecycle(room: Room, supervisor: Supervisor): Lifecycle {
  const locked = <T>(record: ContainerRecord, work: () => Promise<T>, signal?: AbortSignal) =>
    room.locks.run(record.id, work, signal);

  async function start(name: string, signal: AbortSignal): Promise<void> {
    const record = room.table.get(name);
    await locked(record, () => startLocked(record, signal), signal);
  }

  async function startLocked(record: ContainerRecord, signal: AbortSignal): Promise<void> {
    if (record.state.status === "paused") {
      throw new EngineError("conflict", "cannot start a paused container, try unpause instead");
    }
    if (record.isRunning) throw new EngineError("not-modified", `container ${record.id} is already running`);
    record.refuseRemoved();
    supervisor.cancelRestart(record);
    await record.update({ stoppedByUser: false, restartCount: 0 });
    try {
      // Once begun, a start is not undone by a client that goes away.
      signal.throwIfAborted();
      await supervisor.start(record, room.signal);
    } catch (error) {
      if (record.document.hostConfig.AutoRemove === true) {
        await removeContainer(room, record, { removeVolumes: true });
      } else if (record.state.status === "restarting") {
        await record.updateState({ status: "exited" });
      }
      throw error;
    }
  }

  async function stopRecord(
    record: ContainerRecord,
    options: { signal?: string; timeoutSeconds?: number },
    signal: AbortSignal,
  ): Promise<void> {
    const { config } = record.document;
    const number = parseSignal(options.signal || config.StopSignal || "SIGTERM");
    const seconds = options.timeoutSeconds ?? config.StopTimeout ?? defaultStopSeconds;
    const stopped = record.stopped;
    const hasEnded = await locked(record, async () => {
      supervisor.cancelRestart(record);
      if (record.state.status === "restarting") {
        await record.update({ stoppedByUser: true, state: { ...record.state, status: "exited" } });
        record.announceExit({ restarts: false });
        return true;
      }
      if (!record.isRunning) return true;
      await record.update({ stoppedByUser: true });
      if (record.state.status === "paused") await resume(record);
      await send(record, number);
      publishEvent(room, record, "kill", { signal: String(number) });
      return false;
    });
    if (hasEnded) return;
    const inTime = await within(stopped, seconds < 0 ? undefined : seconds * 1000, signal);
    if (!inTime) {
      await locked(record, async () => {
        if (record.isRunning) await send(record, sigkill);
      });
      if (!(await within(stopped, killLimitMs, signal))) {
        throw new EngineError("internal", `cannot stop container ${record.id}: it did not end after SIGKILL`);
      }
    }
    publishEvent(room, record, "stop");
  }

  async function stop(
    name: string,
    options: { signal?: string; timeoutSeconds?: number },
    signal: AbortSignal,
  ): Promise<void> {
    const record = room.table.get(name);
    if (!record.isRunning && record.state.status !== "restarting") {
      throw new EngineError("not-modified", `container ${record.id} is not running`);
    }
    await stopRecord(record, options, signal);
  }

  async function restart(
    name: string,
    options: { signal?: string; timeoutSeconds?: number },
    signal: AbortSignal,
  ): Promise<void> {
    const record = room.table.get(name);
    // An automatic removal would take the container away between stop and start.
    const { hostConfig } = record.document;
    if (hostConfig.AutoRemove === true) {
      await record.update({ hostConfig: { ...hostConfig, AutoRemove: false } });
    }
    try {
      if (record.isRunning) await stopRecord(record, options, signal);
      await locked(record, () => startLocked(record, signal));
    } finally {
      if (hostConfig.AutoRemove === true) {
        await record.update({ hostConfig: { ...record.document.hostConfig, AutoRemove: true } });
      }
    }
    publishEvent(room, record, "restart");
  }

  async function kill(name: string, killSignal: string, signal: AbortSignal): Promise<void> {
    const record = room.table.get(name);
    const number = parseSignal(killSignal || "SIGKILL");
    const stopped = record.stopped;
    await locked(
      record,
      async () => {
        if (!record.isRunning) {
          throw new EngineError(
            "conflict",
            `cannot kill container: ${name}: container ${record.id} is not running`,
          );
        }
        const isStop =
          number === sigkill || number === parseSignal(record.document.config.StopSignal || "SIGTERM");
        if (isStop) await record.update({ stoppedByUser: true });
        if (number === sigkill && record.state.status === "paused") await resume(record);
        await send(record, number);
        publishEvent(room, record, "kill", { signal: String(number) });
      },
      signal,
    );
    if (number === sigkill) await within(stopped, killLimitMs, signal);
  }

  async function send(record: ContainerRecord, number: number): Promise<void> {
    try {
      await run(
        killContainer(runtimeOf(room, record.document), record.id, number),
        AbortSignal.timeout(10_000),
      );
    } catch (error) {
      // It ended by itself meanwhile: the exit file tells the rest.
      if (
        error instanceof CommandError &&
        /not running|no such process|does not exist|stopped/i.test(error.stderr)
      )
        return;
      throw error;
    }
  }

  async function resume(record: ContainerRecord): Promise<void> {
    await run(resumeContainer(runtimeOf(room, record.document), record.id), AbortSignal.timeout(10_000));
    await record.updateState({ status: "running" });
  }

  async function pause(name: string, signal: AbortSignal): Promise<void> {
    const record = room.table.get(name);
    await locked(record, async () => {
      record.requireRunning();
      if (record.state.status === "paused") {
        throw new EngineError("conflict", `Container ${record.id} is already paused`);
      }
      await run(pauseContainer(runtimeOf(room, record.document), record.id), signal);
      await record.updateState({ status: "paused" });
      publishEvent(room, record, "pause");
    });
  }

  async function unpause(name: string, _signal: AbortSignal): Promise<void> {
    const record = room.table.get(name);
    await locked(record, async () => {
      if (record.state.status !== "paused") {
        throw new EngineError("conflict", `Container ${record.id} is not paused`);
      }
      await resume(record);
      publishEvent(room, record, "unpause");
    });
  }

  async function rename(name: string, newName: string): Promise<void> {
    const record = room.table.get(name);
    const wanted = parseContainerName(newName);
    await locked(record, async () => {
      const oldName = record.document.name;
      if (wanted === oldName) {
        throw new EngineError(
          "invalid-argument",
          "Renaming a container with the same name as its current name",
        );
      }
      const claim = room.table.claim(wanted, record.id);
      try {
        await record.update({ name: wanted });
      } finally {
        claim.release();
      }
      await room.networks.rename?.(record.id, wanted);
      publishEvent(room, record, "rename", { oldName: `/${oldName}` });
    });
  }

  const remove: Lifecycle["remove"] = async (name, options, signal) => {
    const record = room.table.get(name);
    if (record.isRunning || record.state.status === "restarting") {
      if (!options.force) {
        const what = record.state.status === "paused" ? "paused and must be unpaused first" : undefined;
        throw new EngineError(
          "conflict",
          `cannot remove container "/${record.document.name}": container is ${what ?? `${record.state.status}: stop the container before removing or force remove`}`,
        );
      }
      await stopRecord(record, { signal: "SIGKILL", timeoutSeconds: killLimitMs / 1000 }, signal);
    }
    await locked(record, async () => {
      // An AutoRemove container is gone by its own end already.
      if (room.table.find(record.id) === undefined) return;
      if (record.isRunning)
        throw new EngineError(
          "conflict",
          `cannot remove container "/${record.document.name}": it was started again`,
        );
      await removeContainer(room, record, { removeVolumes: options.removeVolumes });
    });
  };

  const wait: Lifecycle["wait"] = async (name, condition) => {
    const record = room.table.get(name);
    if (condition === "removed") return { exit: record.removed };
    if (condition === "next-exit") return { exit: record.exited };
    if (record.isRunning || record.state.status === "restarting") return { exit: record.stopped };
    return { exit: Promise.resolve({ StatusCode: record.state.exitCode }) };
  };

  const resize: Lifecycle["resize"] = async (name, size) => {
    const record = room.table.get(name);
    record.requireRunning();
    if (record.document.config.Tty !== true) return;
    await writeFifo(join(room.paths.runDirectory(record.id), "ctl"), resizeRequest(size));
  };

  return {
    start,
    stop,
    restart,
    kill,
    pause,
    unpause,
    rename,
    update: createUpdate(room),
    remove,
    wait,
    resize,
  };
}
