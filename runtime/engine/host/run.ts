import { type ChildProcess, spawn } from "node:child_process";
import { channel } from "node:diagnostics_channel";
import { constants } from "node:os";
import { type Duplex, PassThrough, pipeline, Readable, type Writable } from "node:stream";
import { EngineError } from "../error.ts";

/** A program to run, as data: arguments and what to make of its standard output. */
export interface Command<T> {
  readonly argv: readonly [program: string, ...args: string[]];
  /** A command line that ends in running another, put before `argv` (`nsenter --net=…`); errors and traces leave it out. */
  readonly within?: readonly string[];
  /** Text for standard input; none means /dev/null. */
  readonly stdin?: string;
  readonly cwd?: string;
  /** Added to PATH and LC_ALL. */
  readonly env?: Readonly<Record<string, string>>;
  /** How long it may take; 120 s when absent. */
  readonly limitMs?: number;
  readonly parse: (stdout: string) => T;
}

/** A program that ended with another code than 0, was killed, or could not be started. `stderr` is its last 8 KiB. */
export class CommandError extends EngineError {
  readonly argv: readonly string[];
  /** Undefined when it was killed by a signal or never started. */
  readonly exitCode: number | undefined;
  readonly stderr: string;

  constructor(argv: readonly string[], exitCode: number | undefined, stderr: string, options?: ErrorOptions) {
    const how = exitCode === undefined ? "did not finish" : `ended with code ${exitCode}`;
    const detail = stderr.trim();
    super("internal", `${argv.slice(0, 3).join(" ")} ${how}${detail === "" ? "" : `: ${detail}`}`, options);
    this.argv = argv;
    this.exitCode = exitCode;
    this.stderr = stderr;
  }
}

/**
 * Runs a command to its end and parses its output (at most 16 MiB). On abort or at the limit the whole process group is
 * killed. Throws `CommandError` when it fails, the signal's reason when aborted.
 */
export async function run<T>(command: Command<T>, signal: AbortSignal): Promise<T> {
  const limit = new AbortController();
  const limitMs = command.limitMs ?? 120_000;
  const timer = setTimeout(
    () =>
      limit.abort(new EngineError("unavailable", `${command.argv[0]} took longer than ${limitMs / 1000} s`)),
    limitMs,
  );
  try {
    const program = startProgram(
      {
        argv: command.argv,
        ...(command.within === undefined ? {} : { within: command.within }),
        stdin: command.stdin === undefined ? "none" : "pipe",
        ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
        ...(command.env === undefined ? {} : { env: command.env }),
      },
      AbortSignal.any([signal, limit.signal]),
    );
    // A program that ends without reading its input is judged by its exit code, not by the broken pipe.
    program.stdin?.on("error", () => {});
    program.stdin?.end(command.stdin);
    const chunks: Buffer[] = [];
    let size = 0;
    program.stdout.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxOutputBytes) chunks.push(chunk);
      else
        limit.abort(
          new EngineError("internal", `${command.argv[0]} wrote more than ${maxOutputBytes} bytes`),
        );
    });
    // Why the stream broke is told by `succeeded`.
    program.stdout.on("error", () => {});
    await program.succeeded();
    return command.parse(Buffer.concat(chunks).toString("utf8"));
  } finally {
    clearTimeout(timer);
  }
}

/** Where each program that ended is told of, as `CommandTrace`: for the engine's log. */
export const commandTraces = channel("berth.command");

export interface CommandTrace {
  readonly argv: readonly string[];
  readonly exitCode: number;
  /** From before the start to after the end. */
  readonly ms: number;
}

const maxOutputBytes = 16 * 1024 * 1024;
const keptStderrBytes = 8 * 1024;

export interface ProgramRequest {
  readonly argv: readonly [program: string, ...args: string[]];
  /** As in `Command`. */
  readonly within?: readonly string[];
  /** `pipe` gives `Program.stdin`; `none` is /dev/null. */
  readonly stdin: "pipe" | "none";
  /** `pipe` gives `Program.stderr` to the caller; by default its last 8 KiB are kept for the error. */
  readonly stderr?: "keep" | "pipe" | "none";
  /** `none`: output is dropped. */
  readonly stdout?: "pipe" | "none";
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** How many two-way pipes the program gets as descriptors 3, 4, … (`Program.pipes`); none by default. */
  readonly pipes?: number;
}

/** A running child. It leads a process group of its own, which dies with the signal given at the start. */
export interface Program {
  readonly pid: number;
  readonly stdin: Writable | undefined;
  /** Empty when output is dropped. Must be read or destroyed. */
  readonly stdout: Readable;
  readonly stderr: Readable | undefined;
  /** Descriptors 3, 4, … of the program. */
  readonly pipes: readonly Duplex[];
  /** Resolves when the program has ended and its streams are closed: exit code, 128 + n for signal n. Never rejects. */
  readonly exited: Promise<number>;
  /** Waits for the end; throws the abort reason, or `CommandError` when the code is not 0. */
  readonly succeeded: () => Promise<void>;
  readonly kill: (signal: NodeJS.Signals) => void;
}

/**
 * Starts a program with streams. Environment is PATH and LC_ALL=C plus `env`; no descriptor that the engine opened is inherited.
 * Throws `CommandError` when the program cannot be started at all (reported by `succeeded` and, as code 127, by `exited`).
 */
export function startProgram(request: ProgramRequest, signal: AbortSignal): Program {
  signal.throwIfAborted();
  const startedMs = performance.now();
  const [program = "", ...args] = [...(request.within ?? []), ...request.argv];
  const child = spawn(program, args, {
    cwd: request.cwd ?? "/",
    env: { PATH: programPath(), LC_ALL: "C", ...request.env },
    stdio: [
      request.stdin === "pipe" ? "pipe" : "ignore",
      request.stdout === "none" ? "ignore" : "pipe",
      request.stderr === "none" ? "ignore" : "pipe",
      ...Array<"pipe">(request.pipes ?? 0).fill("pipe"),
    ],
    detached: true,
  });
  const running = watchProgram(child, request, signal);
  if (commandTraces.hasSubscribers) {
    void running.exited.then((exitCode) =>
      commandTraces.publish({
        argv: request.argv.map(withoutCredentials),
        exitCode,
        ms: performance.now() - startedMs,
      } satisfies CommandTrace),
    );
  }
  return running;
}

/** A repository's address may carry a password. */
function withoutCredentials(text: string): string {
  return text.replace(/:\/\/[^/@\s]+@/g, "://***@");
}

/** Names the folder that `--tools` gave; in the environment because it is the process's, like PATH. */
export const toolsVariable = "BERTH_TOOLS";

/**
 * Where programs are looked for, whatever PATH the engine was started with: the system's own, then those that were
 * brought along.
 */
export function programPath(): string {
  const brought = process.env[toolsVariable];
  const system = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  return brought === undefined ? system : `${system}:${brought}/bin`;
}

function watchProgram(child: ChildProcess, request: ProgramRequest, signal: AbortSignal): Program {
  let failure: unknown;
  let stderr = "";
  const killGroup = (name: NodeJS.Signals) => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    try {
      process.kill(-child.pid, name);
    } catch {
      // The group is gone already; its end is on the way.
    }
  };
  const onAbort = () => {
    failure ??= signal.reason;
    killGroup("SIGKILL");
    // An unread pipe would keep `close`, and so `exited`, away for ever.
    child.stdout?.destroy();
    child.stderr?.destroy();
    child.stdin?.destroy();
  };
  signal.addEventListener("abort", onAbort, { once: true });
  child.on("error", (error) => {
    failure ??= new CommandError(request.argv, undefined, error.message, { cause: error });
  });
  child.stdin?.on("error", () => {});
  if (request.stderr !== "pipe") {
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr = (stderr + text).slice(-keptStderrBytes);
    });
  }
  const exited = endOf(child).finally(() => signal.removeEventListener("abort", onAbort));
  return {
    pid: child.pid ?? -1,
    stdin: child.stdin ?? undefined,
    stdout: child.stdout === null ? Readable.from([]) : held(child.stdout),
    stderr: request.stderr === "pipe" && child.stderr !== null ? held(child.stderr) : undefined,
    pipes: child.stdio.slice(3) as unknown as Duplex[],
    exited,
    succeeded: async () => {
      const code = await exited;
      if (failure !== undefined) throw failure;
      if (code !== 0) throw new CommandError(request.argv, code, stderr);
    },
    kill: killGroup,
  };
}

/**
 * The stream, with what is written before somebody reads kept. Node lets the pipes of a child that has ended flow away
 * when nothing reads them yet (`flushStdio` in its child_process), so a quick program's output would be lost.
 */
function held(stream: Readable): Readable {
  const kept = new PassThrough();
  // Who reads is told of a broken stream; who has not begun yet must not bring the engine down.
  kept.on("error", () => {});
  // Unlike `pipe`, `pipeline` also passes a broken stream on.
  pipeline(stream, kept, () => {});
  return kept;
}

function endOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    // A program that cannot be started emits `error` and never `close`.
    child.on("error", () => {
      if (child.pid !== undefined) return;
      child.stdout?.destroy();
      child.stderr?.destroy();
      resolve(127);
    });
    child.on("close", (code, name) => resolve(code ?? 128 + (name === null ? 0 : constants.signals[name])));
  });
}
