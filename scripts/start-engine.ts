import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, openSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";

/** The engine of `npm start`; disposing stops it when this script started it. Containers stay. */
export interface RunningEngine extends AsyncDisposable {
  readonly socket: string;
}

const project = path.dirname(import.meta.dirname);

/** Starts the engine in its usual place, or takes the one that answers there already. */
export async function startEngine(say: (text: string) => void): Promise<RunningEngine> {
  const socket = process.env.BERTH_SOCKET ?? "/run/berth/berth.sock";
  const root = process.env.BERTH_ROOT ?? "/var/lib/berth";
  if (await answers(socket)) {
    say(`An engine answers on ${socket} already; using it.`);
    return { socket, [Symbol.asyncDispose]: async () => {} };
  }
  const isRoot = process.getuid?.() === 0;
  const logs = path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), ".cache"), "berth-logs");
  mkdirSync(logs, { recursive: true });
  const logFile = path.join(logs, "engine.log");
  const engine = [
    process.execPath,
    path.join(project, "dist/berth.cjs"),
    "engine",
    "--root",
    root,
    "--socket",
    socket,
  ];
  const [program, ...args] = (isRoot ? engine : ["sudo", ...engine]) as [string, ...string[]];
  say(`Starting the engine${isRoot ? "" : " with sudo"} (data in ${root}, log in ${logFile}) …`);
  // A process group of its own: Ctrl-C in the terminal reaches this script, which then stops the engine in order.
  const child = spawn(program, args, {
    stdio: ["inherit", "pipe", openSync(logFile, "a")],
    detached: isRoot,
  });
  await untilListening(child, logFile);
  if (!isRoot) spawnSync("sudo", ["chown", String(process.getuid?.()), socket], { stdio: "inherit" });
  return { socket, [Symbol.asyncDispose]: () => stop(child) };
}

function untilListening(child: ChildProcess, logFile: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = "";
    child.stdout?.on("data", (data: Buffer) => {
      output += data.toString();
      if (output.includes("listening on ")) resolve();
    });
    child.once("error", reject);
    child.once("exit", (code) =>
      reject(new Error(`the engine ended with ${code} before it was ready; its log: ${logFile}`)),
    );
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGTERM");
  await gone;
}

function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = net.connect(socket);
    connection.once("connect", () => {
      connection.destroy();
      resolve(true);
    });
    connection.once("error", () => resolve(false));
  });
}
