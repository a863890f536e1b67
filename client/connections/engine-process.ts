import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import type { Link } from "./connection.ts";
import type { Launch } from "./local-launch.ts";
import { socketLink } from "./socket.ts";

// The only file of the client that runs programs: the bundled engine, and what has to be asked before.

export interface EngineProcessOptions {
  readonly socket: string;
  /** One line of the engine's log. */
  readonly log: (line: string) => void;
}

const startLimitMs = 30_000;
const stopLimitMs = 10_000;

/** Runs a short program to its end; throws when it fails or takes longer than 5 s. Gives its standard output. */
export async function runProgram(program: string, args: readonly string[]): Promise<string> {
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: "1" };
  const { stdout } = await promisify(execFile)(program, [...args], { env, timeout: 5000 });
  return stdout;
}

/**
 * Starts the engine and waits until it listens. The link's end ends the engine, politely; its `closed` tells how it
 * ended. Throws with the engine's own last words when it does not get ready.
 */
export async function startEngine(
  launch: Launch & { kind: "run" },
  options: EngineProcessOptions,
  signal: AbortSignal,
): Promise<Link> {
  signal.throwIfAborted();
  await mkdir(path.dirname(options.socket), { recursive: true }).catch(() => {
    // Without the right to make it, the engine (which runs as root) does; if it cannot either, it says so.
  });
  const [program, ...args] = launch.argv;
  options.log(`starting ${launch.argv.join(" ")}`);
  const child = spawn(program, args, {
    cwd: "/",
    env: { ...engineEnvironment(), ...launch.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lastLines: string[] = [];
  const keep = (line: string) => {
    options.log(line);
    lastLines.push(line);
    if (lastLines.length > 20) lastLines.shift();
  };
  createInterface({ input: child.stderr }).on("line", keep);
  const closed = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(`the engine could not be started: ${error.message}`));
    child.once("close", (code, name) => resolve(`the engine ended (${name ?? `exit code ${code}`})`));
  });
  try {
    await listening(child, closed, lastLines, signal);
    if (launch.afterwards !== undefined) await runProgram(launch.afterwards[0], launch.afterwards.slice(1));
  } catch (error) {
    await endEngine(child, closed);
    throw error;
  }
  return {
    connect: socketLink(options.socket).connect,
    closed,
    [Symbol.asyncDispose]: () => endEngine(child, closed),
  };
}

/** Waits for `listening on …` on the engine's standard output. */
async function listening(
  child: ChildProcess,
  closed: Promise<string>,
  lastLines: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const { stdout } = child;
  if (stdout === null) throw new Error("the engine was started without a standard output");
  const ready = new Promise<"ready">((resolve) => {
    createInterface({ input: stdout }).on("line", (line) => {
      if (line.startsWith("listening on ")) resolve("ready");
    });
  });
  const limit = AbortSignal.any([signal, AbortSignal.timeout(startLimitMs)]);
  const aborted = new Promise<"aborted">((resolve) => {
    limit.addEventListener("abort", () => resolve("aborted"), { once: true });
  });
  const outcome = await Promise.race([ready, aborted, closed.then((reason) => ({ reason }))]);
  if (outcome === "ready") return;
  signal.throwIfAborted();
  if (outcome === "aborted") throw new Error(`the engine did not get ready in ${startLimitMs / 1000} s`);
  throw new Error([outcome.reason, lastMessage(lastLines)].filter((each) => each !== "").join(": "));
}

/** The text of the last log line: the engine logs JSON lines, a crash is plain text with a stack. */
function lastMessage(lines: readonly string[]): string {
  const line = lines.findLast((each) => each.trim() !== "" && !/^\s+at /.test(each)) ?? "";
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== "object" || value === null) return line;
    const { error, message, msg } = value as Record<string, unknown>;
    return [message ?? msg, error].filter((each) => typeof each === "string").join(": ") || line;
  } catch {
    return line;
  }
}

/** SIGTERM, which leaves containers running; SIGKILL when it does not end in time. */
async function endEngine(child: ChildProcess, closed: Promise<string>): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  const hard = setTimeout(() => child.kill("SIGKILL"), stopLimitMs);
  await closed;
  clearTimeout(hard);
}

/** The extension host's environment without what only the editor needs. */
function engineEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([key]) => !/^(VSCODE_|ELECTRON_|NODE_OPTIONS$)/.test(key)),
  );
}
