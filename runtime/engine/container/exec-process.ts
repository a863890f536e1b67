import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough, type Readable } from "node:stream";
import type { ExecCreateRequest } from "../../api/types/container.ts";
import { openSupervisedStdin } from "../host/attach-stdin.ts";
import { awaitFile } from "../host/await-file.ts";
import { resizeRequest, superviseExec } from "../host/conmon.ts";
import { execProcess as runExec } from "../host/oci-runtime.ts";
import { startProgram } from "../host/run.ts";
import { writeFifo } from "../host/write-fifo.ts";
import { timestampNow } from "./clock.ts";
import { execProcess } from "./exec-spec.ts";
import { readLog } from "./log-file.ts";
import type { AttachSession, OutputChunk } from "./ports.ts";
import type { ContainerRecord } from "./record.ts";
import { type Room, runtimeOf } from "./room.ts";
import { userIn } from "./start.ts";

/** An exec that was started. */
export interface RunningExec {
  readonly pid: number;
  readonly session: AttachSession;
  /** Never rejects. */
  readonly exited: Promise<number>;
}

/** Without terminal: the OCI runtime is a direct child with pipes. A client that goes away leaves it running. */
export async function startPipedExec(
  room: Room,
  owner: ContainerRecord,
  id: string,
  request: ExecCreateRequest,
  options: { readonly detach: boolean; readonly signal?: AbortSignal },
  signal: AbortSignal,
): Promise<RunningExec> {
  const directory = await writeProcess(room, owner, id, request, undefined);
  signal.throwIfAborted();
  const wantsInput = request.AttachStdin === true && !options.detach;
  const call = runExec(runtimeOf(room, owner.document), owner.id, {
    process: join(directory, "process.json"),
    pid: join(directory, "pid"),
  });
  const program = startProgram(
    { ...call, stdin: wantsInput ? "pipe" : "none", stderr: "pipe" },
    options.signal ?? new AbortController().signal,
  );
  const output = mergeOutput(program.stdout, program.stderr, {
    stdout: request.AttachStdout === true && !options.detach,
    stderr: request.AttachStderr === true && !options.detach,
  });
  const pidText = () => readFile(join(directory, "pid"), "utf8").catch(() => "");
  const exited = program.exited.then(async (code) => {
    // Without a pid file the process never ran, and the code is the OCI runtime's own.
    const ran = (await pidText()) !== "";
    await rm(directory, { recursive: true, force: true });
    return ran ? code : 127;
  });
  const pid = Number(await pidText()) || program.pid;
  return {
    pid,
    exited,
    session: {
      tty: false,
      output: output.chunks,
      stdin: program.stdin,
      detach: async () => output.drain(),
    },
  };
}

/** With a terminal: conmon owns it; output comes from its log file, input goes through its socket. */
export async function startTerminalExec(
  room: Room,
  owner: ContainerRecord,
  id: string,
  request: ExecCreateRequest,
  options: { readonly size: readonly [number, number] | undefined; readonly detach: boolean },
  signal: AbortSignal,
): Promise<RunningExec> {
  const directory = await writeProcess(room, owner, id, request, options.size);
  const exitDirectory = join(directory, "exit");
  const logPath = join(directory, "log");
  await mkdir(exitDirectory, { mode: 0o700 });
  await writeFile(logPath, "", { mode: 0o600 });
  const cleanUp = () => rm(directory, { recursive: true, force: true });
  try {
    const supervised = await superviseExec(
      {
        conmon: room.host.conmon.path,
        runtime: runtimeOf(room, owner.document),
        containerId: owner.id,
        directory,
        exitDirectory,
        logPath,
        terminal: true,
        stdin: request.AttachStdin === true,
        leaveStdinOpen: false,
      },
      join(directory, "process.json"),
      signal,
    );
    const wantsInput = request.AttachStdin === true && !options.detach;
    const socket = wantsInput ? openSupervisedStdin(directory) : undefined;
    const pid = await supervised.begin();
    if (options.size !== undefined && options.size[0] > 0) {
      const [height, width] = options.size;
      await writeFifo(join(directory, "ctl"), resizeRequest({ height, width })).catch(() => {});
    }
    // A container that is killed takes conmon's report with it only when the machine goes down.
    const exited = awaitFile(exitDirectory, owner.id, room.signal).then(
      (text) => Number.parseInt(text, 10) || 0,
      () => 137,
    );
    if (options.detach) void exited.then(cleanUp);
    const detached = new AbortController();
    const records = readLog(logPath, undefined, { ended: exited }, detached.signal);
    void exited.then(() => socket?.close());
    return {
      pid,
      exited,
      session: {
        tty: true,
        output: options.detach ? none() : thenCleanUp(records, exited, cleanUp),
        stdin: socket?.stdin,
        detach: async () => {
          detached.abort();
          socket?.close();
          void exited.then(cleanUp);
        },
      },
    };
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

async function* none(): AsyncGenerator<OutputChunk> {}

/** The files go when both the process has ended and the output is read. */
async function* thenCleanUp(
  chunks: AsyncIterable<OutputChunk>,
  exited: Promise<number>,
  cleanUp: () => Promise<void>,
): AsyncGenerator<OutputChunk> {
  try {
    yield* chunks;
  } finally {
    void exited.then(cleanUp);
  }
}

async function writeProcess(
  room: Room,
  owner: ContainerRecord,
  id: string,
  request: ExecCreateRequest,
  size: readonly [number, number] | undefined,
): Promise<string> {
  const { document } = owner;
  const directory = room.paths.execDirectory(id);
  const user = await userIn(
    room.paths.rootfs(owner.id),
    request.User || (document.config.User ?? ""),
    document.hostConfig.GroupAdd ?? [],
  );
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const process = execProcess(document, request, user, room.bundleHost, size);
  await writeFile(join(directory, "process.json"), JSON.stringify(process), { mode: 0o600 });
  return directory;
}

/** Two pipes as one sequence of chunks, at most 16 waiting; `drain` lets the process go on when nobody reads. */
function mergeOutput(
  stdout: Readable,
  stderr: Readable | undefined,
  wanted: { readonly stdout: boolean; readonly stderr: boolean },
): { readonly chunks: AsyncIterable<OutputChunk>; readonly drain: () => void } {
  const merged = new PassThrough({ objectMode: true, highWaterMark: 16 });
  const sources: readonly (readonly [1 | 2, Readable | undefined, boolean])[] = [
    [1, stdout, wanted.stdout],
    [2, stderr, wanted.stderr],
  ];
  merged.on("error", () => {});
  let open = 0;
  for (const [stream, source, isWanted] of sources) {
    if (source === undefined) continue;
    if (!isWanted) {
      source.resume();
      continue;
    }
    open++;
    source.on("data", (data: Buffer) => {
      if (!merged.write({ stream, data, timestamp: timestampNow() } satisfies OutputChunk)) source.pause();
    });
    merged.on("drain", () => source.resume());
    source.once("close", () => {
      if (--open === 0) merged.end();
    });
    source.on("error", () => {});
  }
  if (open === 0) stdout.once("close", () => merged.end());
  const drain = () => {
    merged.removeAllListeners("drain");
    for (const [, source] of sources) source?.removeAllListeners("data").resume();
    merged.destroy();
  };
  // A reader that leaves early must not stop the process.
  merged.once("close", () => {
    for (const [, source] of sources) source?.resume();
  });
  return { chunks: merged as AsyncIterable<OutputChunk>, drain };
}
