import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import type { Link, OpenLink } from "./connection.ts";
import { type Launch, type LaunchFacts, type LaunchOptions, planLaunch } from "./local-launch.ts";
import { connectSocket, socketLink } from "./socket.ts";

// The only file of the client that runs programs: it starts the bundled engine.

export interface LocalEngineOptions extends LaunchOptions {
  /** Node binaries to try, best first; undefined and missing ones are passed over. */
  readonly nodes: readonly (string | undefined)[];
  /** One line of the engine's log. */
  readonly log: (line: string) => void;
}

/**
 * Opens the bundled engine: attaches to the one that answers on the socket, or starts it. The options are asked for at
 * each start, so that changed settings count. The engine ends with the link when it was started here.
 */
export function openLocalEngine(readOptions: () => LocalEngineOptions): OpenLink {
  return async ({ report }, signal) => {
    const options = readOptions();
    report("looking for a running engine");
    if (await answers(options.socket, signal)) {
      options.log(`attached to the engine that already listens on ${options.socket}`);
      return socketLink(options.socket);
    }
    const launch = planLaunch(await gatherFacts(options), options);
    if (launch.kind === "impossible") throw new Error(launch.message);
    report("starting the engine");
    return await startEngine(launch, options, signal);
  };
}

const runFile = promisify(execFile);
const startLimitMs = 30_000;
const stopLimitMs = 10_000;

async function answers(socketPath: string, signal: AbortSignal): Promise<boolean> {
  try {
    (await connectSocket(socketPath, signal)).destroy();
    return true;
  } catch (error) {
    if (signal.aborted) throw error;
    // A socket that is there but not ours is an engine we must not start a second time.
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EACCES") {
      throw new Error(`An engine listens on ${socketPath}, and your user may not write to it.`, {
        cause: error,
      });
    }
    return false;
  }
}

async function gatherFacts(options: LocalEngineOptions): Promise<LaunchFacts> {
  const uid = process.getuid?.() ?? -1;
  const isRoot = uid === 0;
  const nodes: { path: string; major: number; isElectron: boolean }[] = [];
  for (const candidate of new Set(options.nodes)) {
    if (candidate === undefined || candidate === "" || !existsSync(candidate)) continue;
    const major = await nodeMajor(candidate);
    if (major === undefined) continue;
    const isElectron = candidate === process.execPath && process.versions.electron !== undefined;
    nodes.push({ path: candidate, major, isElectron });
    if (major >= 24) break;
  }
  return {
    platform: process.platform,
    isRoot,
    canSudo: !isRoot && (await succeeds("sudo", ["-n", "true"])),
    uid,
    gid: process.getgid?.() ?? -1,
    nodes,
    hasBundle: existsSync(options.bundle),
  };
}

async function nodeMajor(program: string): Promise<number | undefined> {
  try {
    const env = { ...process.env, ELECTRON_RUN_AS_NODE: "1" };
    const { stdout } = await runFile(program, ["--version"], { env, timeout: 5000 });
    const match = /^v(\d+)\./.exec(stdout);
    return match ? Number(match[1]) : undefined;
  } catch {
    return undefined;
  }
}

async function succeeds(program: string, args: readonly string[]): Promise<boolean> {
  try {
    await runFile(program, [...args], { timeout: 5000 });
    return true;
  } catch {
    return false;
  }
}

async function startEngine(
  launch: Launch & { kind: "run" },
  options: LocalEngineOptions,
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
    if (launch.afterwards !== undefined) await runFile(launch.afterwards[0], launch.afterwards.slice(1));
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

/** The text of the last log line: the engine logs JSON lines, a crash is plain text. */
function lastMessage(lines: readonly string[]): string {
  const line = lines.findLast((each) => each.trim() !== "") ?? "";
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
