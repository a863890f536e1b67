import { type FSWatcher, watch } from "node:fs";
import { rename, stat, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { awaitPresent } from "../host/await-file.ts";
import { reopenLogRequest } from "../host/conmon.ts";
import { writeFifo } from "../host/write-fifo.ts";
import { logFileName } from "./log-files.ts";
import { type LogLimit, logLimit } from "./log-limit.ts";
import type { ContainerRecord } from "./record.ts";
import type { Room } from "./room.ts";

/** Begins a new file when a running container's log is full, and keeps the last ones. */
export interface LogRotation {
  readonly begin: (record: ContainerRecord) => void;
  readonly end: (record: ContainerRecord) => void;
}

/** A container that writes all the time is looked at so often; one that is quiet, never. */
const pauseMs = 100;
const reopenLimitMs = 5000;

/**
 * The supervisor writes on in the renamed file until it is told to open its log again. While no engine runs nothing
 * rotates: no line is lost, and the next engine begins with a rotation.
 */
export function createLogRotation(room: Room): LogRotation {
  const stops = new Map<string, () => void>();

  function begin(record: ContainerRecord): void {
    end(record);
    const limit = logLimit(record.document.hostConfig);
    if (limit === undefined || limit.files < 2 || room.signal.aborted) return;
    const path = room.paths.logFile(record.id);
    let watcher: FSWatcher | undefined;
    let timer: NodeJS.Timeout | undefined;
    let isOver = false;
    const look = async () => {
      const { size } = await stat(path);
      if (size >= limit.sizeBytes && !isOver) await rotate(room, record, limit);
    };
    const listen = () => {
      if (isOver) return;
      watcher = watch(path, () => {
        watcher?.close();
        timer ??= setTimeout(again, pauseMs);
      });
      watcher.on("error", () => {});
    };
    const again = () => {
      timer = undefined;
      look()
        .catch((error) => room.log.warn("rotating a log failed", { id: record.id, error }))
        .then(listen)
        .catch((error) => room.log.warn("watching a log failed", { id: record.id, error }));
    };
    const stop = () => {
      isOver = true;
      watcher?.close();
      clearTimeout(timer);
      room.signal.removeEventListener("abort", stop);
    };
    stops.set(record.id, stop);
    room.signal.addEventListener("abort", stop, { once: true });
    again();
  }

  function end(record: ContainerRecord): void {
    stops.get(record.id)?.();
    stops.delete(record.id);
  }

  return { begin, end };
}

async function rotate(room: Room, record: ContainerRecord, limit: LogLimit): Promise<void> {
  const path = room.paths.logFile(record.id);
  // The oldest first: readers look from the newest on and so miss none.
  for (let age = limit.files - 2; age >= 0; age--) {
    await rename(logFileName(path, age), logFileName(path, age + 1)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
  }
  try {
    await writeFifo(join(room.paths.runDirectory(record.id), "ctl"), reopenLogRequest);
    await awaitPresent(
      dirname(path),
      "log",
      AbortSignal.any([room.signal, AbortSignal.timeout(reopenLimitMs)]),
    );
  } finally {
    // Those who follow watch the old file: they are told that there is a new one.
    const now = new Date();
    await utimes(logFileName(path, 1), now, now).catch(() => {});
  }
}

/**
 * Where the supervisor itself begins anew, losing what was before; undefined for never. Only for a log of one file: its
 * count goes on when it is told to open another file, so it would throw away what rotation keeps.
 */
export function supervisorLimitBytes(limit: LogLimit | undefined): number | undefined {
  return limit?.files === 1 ? limit.sizeBytes : undefined;
}
