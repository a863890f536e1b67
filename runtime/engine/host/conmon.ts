import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { EngineError } from "../error.ts";
import { startProgram } from "./run.ts";
import type { OciRuntime } from "./usable-runtime.ts";

/** One supervisor process: it owns terminal, output and exit code of a container or of an exec, and outlives the engine. */
export interface Supervision {
  readonly conmon: string;
  readonly runtime: OciRuntime;
  /** Id of the container as the OCI runtime knows it. */
  readonly containerId: string;
  /** Directory of the attach socket, the control FIFO and the pid files: `attach`, `ctl`, `pid`, `conmon.pid`. */
  readonly directory: string;
  /** Gets `CONTAINER-ID` with the exit code in it. */
  readonly exitDirectory: string;
  readonly logPath: string;
  /** Above it a new file takes the log's place; undefined for no limit. */
  readonly logSizeMaxBytes?: number;
  readonly terminal: boolean;
  readonly stdin: boolean;
  /** Stdin stays open when an attached client goes (not `StdinOnce`). */
  readonly leaveStdinOpen: boolean;
}

/** Starts conmon, which creates (not starts) the container of the bundle `directory`; gives the first process's id. */
export async function superviseContainer(request: Supervision, signal: AbortSignal): Promise<number> {
  const conmon = launch(request, request.runtime.making, [], {});
  const [sync, start] = conmon.pipes;
  start?.end("\0");
  return await firstAnswer(sync, "create", signal);
}

/**
 * Starts conmon for a process in a running container. The process starts when `begin` is called, so that a client can be
 * attached before.
 */
export async function superviseExec(
  request: Supervision,
  processSpecPath: string,
  signal: AbortSignal,
): Promise<{ readonly begin: () => Promise<number> }> {
  const conmon = launch(
    request,
    request.runtime.reaching,
    ["--exec", "--exec-attach", "--exec-process-spec", processSpecPath],
    {
      _OCI_ATTACHPIPE: "5",
    },
  );
  const [sync, start, attach] = conmon.pipes;
  start?.write("\0");
  await firstAnswer(attach, "exec", signal);
  return {
    begin: async () => {
      start?.end("\0");
      return await firstAnswer(sync, "exec", signal);
    },
  };
}

function launch(
  request: Supervision,
  before: readonly string[],
  extra: readonly string[],
  env: Readonly<Record<string, string>>,
) {
  const { directory, containerId } = request;
  const [runtime = "", ...runtimeArguments] = [...before, request.runtime.path];
  // conmon forks itself into the background; it is not bound to any request of a client.
  const program = startProgram(
    {
      argv: [
        ...([
          request.conmon,
          "--api-version",
          "1",
          "-c",
          containerId,
          "-u",
          containerId,
          "-n",
          containerId,
        ] as const),
        ...["-r", runtime, ...runtimeArguments.map((one) => `--runtime-arg=${one}`), "-b", directory],
        ...["-p", join(directory, "pid"), "-P", join(directory, "conmon.pid")],
        ...["-l", `k8s-file:${request.logPath}`, "--exit-dir", request.exitDirectory],
        ...["--socket-dir-path", directory, "--full-attach", "--no-sync-log"],
        ...(request.logSizeMaxBytes === undefined ? [] : ["--log-size-max", String(request.logSizeMaxBytes)]),
        ...(request.terminal ? ["-t"] : []),
        ...(request.stdin ? ["-i"] : []),
        ...(request.leaveStdinOpen ? ["--leave-stdin-open"] : []),
        ...extra,
      ],
      stdin: "none",
      stdout: "none",
      stderr: "none",
      pipes: 2 + Object.keys(env).length,
      env: { _OCI_SYNCPIPE: "3", _OCI_STARTPIPE: "4", ...env },
      cwd: directory,
    },
    new AbortController().signal,
  );
  for (const pipe of program.pipes) pipe.on("error", () => {});
  return program;
}

const answerLimitMs = 30_000;

/** Reads one line `{"data": N, "message": …}`; a negative number is a failure, its text the OCI runtime's. */
async function firstAnswer(pipe: Duplex | undefined, what: string, signal: AbortSignal): Promise<number> {
  if (pipe === undefined) throw new EngineError("internal", "conmon has no pipe");
  const late = new AbortController();
  const limit = delay(answerLimitMs, undefined, { signal: late.signal, ref: false }).then(
    () => pipe.destroy(new Error("conmon did not answer in time")),
    () => {},
  );
  const onAbort = () => pipe.destroy(signal.reason instanceof Error ? signal.reason : new Error("aborted"));
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    let text = "";
    for await (const chunk of pipe as AsyncIterable<Buffer>) {
      text += chunk.toString("utf8");
      if (text.includes("\n") || text.length > 64 * 1024) break;
    }
    if (text.trim() === "")
      throw new EngineError("internal", `OCI runtime ${what} failed: conmon ended without an answer`);
    const answer = JSON.parse(text.split("\n")[0] ?? "") as { data?: number; message?: string };
    const number = answer.data ?? -1;
    if (number < 0) throw new OciRuntimeError(what, answer.message ?? "no reason was given");
    return number;
  } finally {
    late.abort();
    await limit;
    signal.removeEventListener("abort", onAbort);
  }
}

/** The OCI runtime refused to create a container or process; `detail` is its own text. */
export class OciRuntimeError extends EngineError {
  readonly detail: string;

  constructor(what: string, detail: string) {
    const text = inDockersWords(detail.trim());
    super(isCommandFault(text) ? "invalid-argument" : "internal", `OCI runtime ${what} failed: ${text}`);
    this.detail = text;
  }

  /** Docker's code for a process that never ran: 127 not found, 126 not executable, 128 otherwise. */
  get exitCode(): number {
    if (/no such file|not found/i.test(this.detail)) return 127;
    return isCommandFault(this.detail) ? 126 : 128;
  }
}

/** Clients choose their exit code (127, 126) by these words of runc's. */
function inDockersWords(detail: string): string {
  return (
    detail
      .replace(
        /executable file [`'"]([^`'"]*)[`'"] not found in \$PATH.*/i,
        'exec: "$1": executable file not found in $$PATH',
      )
      // crun 1.21; older ones fail to open it.
      .replace(/the path [`'"]([^`'"]*)[`'"] is not a regular file.*/i, 'exec: "$1": permission denied')
      .replace(/open executable: (operation not permitted|permission denied)/i, "exec: permission denied")
      .replace(/no such file or directory/i, "no such file or directory")
      .replace(/permission denied/i, "permission denied")
  );
}

function isCommandFault(text: string): boolean {
  return /executable file|no such file|not found|permission denied|not a directory|exec format/i.test(text);
}

/** Resizes the terminal of a supervised process. */
export function resizeRequest(size: { readonly height: number; readonly width: number }): string {
  return `1 ${size.height} ${size.width}\n`;
}

/** Makes the supervisor open its log file by name again; written to `ctl`. Source: conmon, `ctl_fifo.c`. */
export const reopenLogRequest = "2 0 0\n";

/** Is the conmon that wrote `conmon.pid` in `directory` still at work for this container? */
export async function isSupervised(directory: string, containerId: string): Promise<boolean> {
  const pid = Number(await readFile(join(directory, "conmon.pid"), "utf8").catch(() => ""));
  if (!Number.isInteger(pid) || pid <= 1) return false;
  const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return commandLine.includes(containerId);
}
