import { randomBytes } from "node:crypto";
import type { ExecCreateRequest, ExecInspect } from "../../api/types/container.ts";
import { EngineError } from "../error.ts";
import { resizeRequest } from "../host/conmon.ts";
import { writeFifo } from "../host/write-fifo.ts";
import type { ExecBackend } from "../http/backend.ts";
import { type RunningExec, startPipedExec, startTerminalExec } from "./exec-process.ts";
import { validateExec } from "./exec-spec.ts";
import type { Probe } from "./health.ts";
import type { OutputChunk } from "./ports.ts";
import type { ContainerRecord } from "./record.ts";
import { publishEvent, type Room } from "./room.ts";

interface ExecRecord {
  readonly id: string;
  readonly containerId: string;
  readonly request: ExecCreateRequest;
  state: "created" | "running" | "ended";
  exitCode: number | null;
  pid: number;
}

/** Ended execs stay known this long, so that a client can ask for the exit code. */
const keepEndedMs = 5 * 60_000;

/** Execs live in memory: they belong to a running container and a connected client. */
export function createExecs(room: Room): {
  readonly backend: ExecBackend;
  readonly probe: Probe;
  /** Execs of a container that have not ended. */
  readonly idsOf: (containerId: string) => readonly string[];
} {
  const records = new Map<string, ExecRecord>();

  function get(id: string): ExecRecord {
    const record = records.get(id);
    if (record === undefined) throw new EngineError("not-found", `No such exec instance: ${id}`);
    return record;
  }

  const create: ExecBackend["create"] = async (container, request) => {
    const owner = room.table.get(container);
    requireUsable(owner);
    validateExec(request);
    const id = randomBytes(32).toString("hex");
    records.set(id, { id, containerId: owner.id, request, state: "created", exitCode: null, pid: 0 });
    publishEvent(room, owner, `exec_create: ${(request.Cmd ?? []).join(" ")}`, { execID: id });
    return { Id: id };
  };

  const start: ExecBackend["start"] = async (id, options, signal) => {
    const record = get(id);
    if (record.state === "running")
      throw new EngineError("conflict", `Error: Exec command ${id} is already running`);
    if (record.state === "ended")
      throw new EngineError("conflict", `Error: Exec command ${id} has already run`);
    const owner = room.table.get(record.containerId);
    requireUsable(owner);
    record.state = "running";
    const { request } = record;
    try {
      const size = options.consoleSize ?? request.ConsoleSize ?? undefined;
      const running =
        request.Tty === true
          ? await startTerminalExec(room, owner, id, request, { size, detach: options.detach }, signal)
          : await startPipedExec(room, owner, id, request, { detach: options.detach }, signal);
      record.pid = running.pid;
      publishEvent(room, owner, `exec_start: ${(request.Cmd ?? []).join(" ")}`, { execID: id });
      const noted = note(record, owner, running);
      if (options.detach) return undefined;
      return { ...running.session, output: endingAfter(running.session.output, noted) };
    } catch (error) {
      record.state = "ended";
      record.exitCode = 126;
      forgetLater(record);
      throw error;
    }
  };

  async function note(record: ExecRecord, owner: ContainerRecord, running: RunningExec): Promise<void> {
    const exitCode = await running.exited;
    record.state = "ended";
    record.exitCode = exitCode;
    record.pid = 0;
    publishEvent(room, owner, "exec_die", { execID: record.id, exitCode: String(exitCode) });
    forgetLater(record);
  }

  function forgetLater(record: ExecRecord): void {
    setTimeout(() => records.delete(record.id), keepEndedMs).unref();
  }

  const inspect: ExecBackend["inspect"] = async (id) => describe(get(id));

  const resize: ExecBackend["resize"] = async (id, size) => {
    const record = get(id);
    if (record.state !== "running") throw new EngineError("conflict", `exec ${id} is not running`);
    if (record.request.Tty !== true) return;
    await writeFifo(`${room.paths.execDirectory(id)}/ctl`, resizeRequest(size));
  };

  const probe: Probe = async (owner, command, signal) => {
    const id = randomBytes(32).toString("hex");
    const request = { Cmd: command, AttachStdout: true, AttachStderr: true };
    const running = await startPipedExec(room, owner, id, request, { detach: false, signal }, signal);
    let output = "";
    for await (const chunk of running.session.output) {
      if (output.length < 4096) output += chunk.data.toString("utf8");
    }
    const exitCode = await running.exited;
    signal.throwIfAborted();
    return { exitCode, output };
  };

  const idsOf = (containerId: string) =>
    [...records.values()]
      .filter((record) => record.containerId === containerId && record.state !== "ended")
      .map((record) => record.id);

  return { backend: { create, start, inspect, resize }, probe, idsOf };
}

/** A client asks for the exit code as soon as the output ends: it must be known by then. */
async function* endingAfter(
  chunks: AsyncIterable<OutputChunk>,
  noted: Promise<void>,
): AsyncGenerator<OutputChunk> {
  yield* chunks;
  await noted;
}

function requireUsable(owner: ContainerRecord): void {
  owner.requireRunning();
  if (owner.state.status === "paused") {
    throw new EngineError("conflict", `Container ${owner.id} is paused, unpause the container before exec`);
  }
}

function describe(record: ExecRecord): ExecInspect {
  const { request } = record;
  const [entrypoint = "", ...args] = request.Cmd ?? [];
  return {
    ID: record.id,
    Running: record.state === "running",
    ExitCode: record.exitCode,
    ProcessConfig: {
      tty: request.Tty === true,
      entrypoint,
      arguments: args,
      privileged: request.Privileged === true,
      ...(request.User ? { user: request.User } : {}),
    },
    OpenStdin: request.AttachStdin === true,
    OpenStderr: request.AttachStderr === true,
    OpenStdout: request.AttachStdout === true,
    CanRemove: false,
    ContainerID: record.containerId,
    DetachKeys: request.DetachKeys ?? "",
    Pid: record.pid,
  };
}
