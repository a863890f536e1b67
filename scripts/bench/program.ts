import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** A program with its arguments and what it adds to the environment. */
export interface Invocation {
  readonly argv: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
  /** Standard output is read and dropped: for benches that only want the time. */
  readonly isOutputDropped?: boolean;
}

export interface Timed {
  readonly stdout: string;
  readonly ms: number;
}

/** Runs a program to its end; throws with what it said when it fails. Output is kept up to 4 MiB. */
export async function runTimed(invocation: Invocation, signal: AbortSignal): Promise<Timed> {
  const [program, ...args] = invocation.argv;
  const env = { ...process.env, LC_ALL: "C", ...invocation.env };
  const start = performance.now();
  const child = spawn(program, args, {
    env,
    signal,
    stdio: ["ignore", invocation.isOutputDropped === true ? "ignore" : "pipe", "pipe"],
  });
  const stdout = kept(child.stdout);
  const stderr = kept(child.stderr);
  const [code, killed] = await once(child, "close");
  const ms = performance.now() - start;
  if (code !== 0) {
    const said = `${stderr()}${stdout()}`.slice(-2000);
    throw new Error(`${invocation.argv.join(" ").slice(0, 300)} ended with ${code ?? killed}: ${said}`);
  }
  return { stdout: stdout(), ms };
}

/** Output of a program that stays, up to 4 MiB of it; reading goes on for its whole life. */
function kept(stream: NodeJS.ReadableStream | null): () => string {
  let text = "";
  stream?.on("data", (chunk) => {
    if (text.length < 4 * 1024 * 1024) text += String(chunk);
  });
  return () => text;
}

/** Resolves when the program has said `mark` on standard output or error; throws when it ends before. */
export async function hasSaid(child: ChildProcess, mark: string, signal: AbortSignal): Promise<void> {
  let said = "";
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const hear = (chunk: unknown) => {
    said = `${said}${String(chunk)}`.slice(-20_000);
    if (said.includes(mark)) resolve();
  };
  child.stdout?.on("data", hear);
  child.stderr?.on("data", hear);
  child.once("error", reject);
  child.once("exit", (code) => reject(new Error(`${child.spawnfile} ended with ${code}: ${said}`)));
  signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  await promise;
}

/** Asks a program we started to end, and waits for it; insists after 20 s. */
export async function endProgram(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  const insist = setTimeout(() => child.kill("SIGKILL"), 20_000);
  await exited;
  clearTimeout(insist);
}
