import { existsSync } from "node:fs";
import type { OpenLink } from "./connection.ts";
import { runProgram, startEngine } from "./engine-process.ts";
import { type LaunchFacts, type LaunchOptions, planLaunch, runsEngine } from "./local-launch.ts";
import { connectSocket, socketLink } from "./socket.ts";

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
  const nodes: { path: string; version: string; isElectron: boolean }[] = [];
  for (const candidate of new Set(options.nodes)) {
    if (candidate === undefined || candidate === "" || !existsSync(candidate)) continue;
    const version = await nodeVersion(candidate);
    if (version === undefined) continue;
    const isElectron = candidate === process.execPath && process.versions.electron !== undefined;
    nodes.push({ path: candidate, version, isElectron });
    if (runsEngine(version)) break;
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

async function nodeVersion(program: string): Promise<string | undefined> {
  try {
    return /^v(\d+\.\d+\.\d+)/.exec(await runProgram(program, ["--version"]))?.[1];
  } catch {
    return undefined;
  }
}

async function succeeds(program: string, args: readonly string[]): Promise<boolean> {
  try {
    await runProgram(program, args);
    return true;
  } catch {
    return false;
  }
}
