import { PassThrough, type Writable } from "node:stream";
import { EngineError } from "../error.ts";
import { openSupervisedStdin } from "../host/attach-stdin.ts";
import type { AttachOptions, ContainerBackend, LogOptions } from "../http/backend.ts";
import { timestampSeconds } from "./log-codec.ts";
import { type LogEnd, readLog } from "./log-file.ts";
import { logEnd, logTail } from "./log-files.ts";
import { isReadable } from "./log-limit.ts";
import type { AttachSession, OutputChunk } from "./ports.ts";
import type { ContainerRecord } from "./record.ts";
import { publishEvent, type Room } from "./room.ts";

type Output = Pick<ContainerBackend, "logs" | "attach">;

/** Reading what containers write and writing what they read. */
export function createOutput(room: Room): Output {
  const logs: Output["logs"] = async (name, options, signal) => {
    if (!options.stdout && !options.stderr) {
      throw new EngineError("invalid-argument", "Bad parameters: you must choose at least one stream");
    }
    const record = room.table.get(name);
    if (!isReadable(record.document.hostConfig)) {
      throw new EngineError("not-implemented", "configured logging driver does not support reading");
    }
    const isOn =
      record.isRunning || record.state.status === "restarting" || record.state.status === "created";
    const follow = options.follow && isOn ? { ended: record.stopped } : undefined;
    return {
      tty: record.document.config.Tty === true,
      chunks: chosenRecords(room, record, options, follow, signal),
    };
  };

  const attach: Output["attach"] = async (name, options, signal) => {
    const record = room.table.get(name);
    if (record.state.status === "paused") {
      throw new EngineError(
        "conflict",
        `container ${record.id} is paused, unpause the container before attach`,
      );
    }
    return await attachTo(room, record, options, signal);
  };

  return { logs, attach };
}

async function* chosenRecords(
  room: Room,
  record: ContainerRecord,
  options: LogOptions,
  follow: LogEnd | undefined,
  signal: AbortSignal,
): AsyncGenerator<OutputChunk> {
  const path = room.paths.logFile(record.id);
  const from = options.tail === undefined ? undefined : await logTail(path, options.tail);
  const limit = options.until > 0 ? untilSignal(options.until, signal) : signal;
  for await (const chunk of readLog(path, from, follow, limit)) {
    const seconds = timestampSeconds(chunk.timestamp);
    if (options.until > 0 && seconds > options.until) return;
    if (options.since > 0 && seconds < options.since) continue;
    if (chunk.stream === 1 ? options.stdout : options.stderr) yield chunk;
  }
}

/** Also ends when the clock passes `until` (Unix seconds), however quiet the log is. */
function untilSignal(until: number, signal: AbortSignal): AbortSignal {
  const ms = until * 1000 - Date.now();
  // In the past: what is there is read to the end, the bound is checked by record.
  return ms <= 0 || ms > 2 ** 31 - 1 ? signal : AbortSignal.any([signal, AbortSignal.timeout(ms + 100)]);
}

async function attachTo(
  room: Room,
  record: ContainerRecord,
  options: AttachOptions,
  signal: AbortSignal,
): Promise<AttachSession> {
  const { config } = record.document;
  const path = room.paths.logFile(record.id);
  const detached = new AbortController();
  const end = AbortSignal.any([signal, detached.signal]);
  const isOver =
    !record.isRunning && record.state.status !== "created" && record.state.status !== "restarting";
  // A container that has ended can be started again: an attach before the start waits for that run. Taken before anything
  // is waited for, so that a run that ends meanwhile is not mistaken for the next one.
  const ended = record.exited;
  const from = options.logs ? undefined : await logEnd(path);
  const follow = options.stream && !(isOver && options.logs && !options.stdin) ? { ended } : undefined;
  const stdin =
    options.stdin && options.stream && config.OpenStdin === true ? stdinOf(room, record, end) : undefined;
  publishEvent(room, record, "attach");
  return {
    tty: config.Tty === true,
    output: wantedStreams(readLog(path, from, follow, end), options),
    stdin,
    detach: async () => {
      detached.abort();
      publishEvent(room, record, "detach");
    },
  };
}

async function* wantedStreams(
  chunks: AsyncIterable<OutputChunk>,
  options: AttachOptions,
): AsyncGenerator<OutputChunk> {
  for await (const chunk of chunks) {
    if (chunk.stream === 1 ? options.stdout : options.stderr) yield chunk;
  }
}

/** What is written before the container runs waits for it (at most 64 KiB; then the writer waits). */
function stdinOf(room: Room, record: ContainerRecord, signal: AbortSignal): Writable {
  const input = new PassThrough();
  input.on("error", () => {});
  const connect = () => {
    if (signal.aborted) return;
    const socket = openSupervisedStdin(room.paths.runDirectory(record.id));
    socket.stdin.on("error", () => input.destroy());
    input.pipe(socket.stdin);
    const close = () => {
      input.destroy();
      socket.close();
    };
    signal.addEventListener("abort", close, { once: true });
    // The process is gone: so is the way to its input.
    void record.exited.then(close, close);
  };
  if (record.isRunning) connect();
  else record.onceRunning(connect, signal);
  return input;
}
