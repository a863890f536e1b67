import { chmod, mkdir } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { assembleEngine } from "./assemble.ts";
import { EngineError } from "./error.ts";
import { isChrooted } from "./host/chroot.ts";
import { instanceId } from "./host/instance.ts";
import { commandTraces, toolsVariable } from "./host/run.ts";
import { listenOnSocket } from "./http/listen.ts";
import { routes } from "./http/routes.ts";
import { createApiServer } from "./http/server.ts";
import { jsonLogger, type Logger } from "./log.ts";
import { type EngineOptions, engineUsage, parseEngineOptions } from "./options.ts";
import { makeRootDirectory } from "./root-directory.ts";
import { requireTools } from "./tools.ts";

/** Requests under way get so long to end when the engine is told to stop. */
const graceMs = 3000;

/**
 * `berth engine`: serves the API until SIGTERM or SIGINT, and gives the exit code. `listening on unix://PATH` on
 * standard output says that it is ready; the log is JSON lines on standard error.
 */
export async function runEngine(
  argv: readonly string[],
  program: { readonly version: string },
): Promise<number> {
  const stop = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    process.once(name, () => stop.abort(new Error("the engine was told to stop")));
  }
  keepForksCheap();
  try {
    const options = parseEngineOptions(argv);
    if (options === undefined) {
      process.stdout.write(engineUsage);
      return 0;
    }
    const log = jsonLogger((line) => void process.stderr.write(`${line}\n`), options.logLevel);
    if (options.logLevel === "debug") {
      commandTraces.subscribe((trace) => log.debug("program ended", { ...Object(trace) }));
    }
    await serve(options, program.version, log, stop.signal);
    return 0;
  } catch (error) {
    if (stop.signal.aborted) return 0;
    if (!(error instanceof EngineError)) throw error;
    process.stderr.write(`berth engine: ${error.message}\n`);
    return 1;
  }
}

/**
 * Starting a program copies the page tables of the engine's own memory (Node forks; 0.05 ms per MB, and the loop waits). V8
 * would let the place of young objects grow to 48 MB and keep it.
 */
function keepForksCheap(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}

async function serve(
  options: EngineOptions,
  version: string,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new EngineError(
      "forbidden",
      "the engine needs root: mounts, networks and control groups are root's",
    );
  }
  if (options.tools !== undefined) process.env[toolsVariable] = options.tools;
  await requireTools();
  if (await isChrooted(signal)) {
    throw new EngineError(
      "forbidden",
      "the engine cannot run in a chroot: what is executed in containers would leave it; use pivot_root, a container or the host",
    );
  }
  await makeRootDirectory(options.root);
  const instance = instanceId(options.root);
  const runDir = join("/run/berth", instance);
  // The usual socket lies here: whoever it is given to must be able to reach it. What is below is root's alone.
  await mkdir("/run/berth", { recursive: true });
  await chmod("/run/berth", 0o711);
  await mkdir(runDir, { recursive: true, mode: 0o710 });
  await using _lock = await lockRoot(options.root, runDir);

  const engine = await assembleEngine({ ...options, version, instance, runDir, log }, signal);
  const serving = new AbortController();
  const server = createApiServer({
    routes,
    backend: engine.backend,
    log,
    product: `Berth/${version} (linux)`,
    engineSignal: serving.signal,
  });
  try {
    await listenOnSocket(server, options.socket);
    process.stdout.write(`listening on unix://${options.socket}\n`);
    log.info("engine started", { version, root: options.root, socket: options.socket, instance });
    await aborted(signal);
  } finally {
    serving.abort(new Error("the engine stops"));
    await close(server);
    await engine.stop();
    log.info("engine stopped");
  }
}

/** One engine per root: whoever listens on the socket in its run directory has it. Throws `conflict`. */
async function lockRoot(root: string, runDir: string): Promise<AsyncDisposable> {
  const lock = createServer((_request, response) => response.end());
  try {
    await listenOnSocket(lock, join(runDir, "lock.sock"));
  } catch (error) {
    if (!(error instanceof EngineError) || error.kind !== "conflict") throw error;
    throw new EngineError("conflict", `another engine runs with root ${root}`, { cause: error });
  }
  return { [Symbol.asyncDispose]: () => close(lock) };
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(timer);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
