import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

export interface ClientRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Both, one after the other, for messages of failed tests. */
  readonly output: string;
}

/** Runs a client of the Docker Engine API against the engine at `socket`, for at most two minutes. */
export async function runClient(
  program: string,
  args: readonly string[],
  socket: string,
  cwd?: string,
): Promise<ClientRun> {
  const child = spawn(program, args, {
    cwd,
    env: {
      ...process.env,
      DOCKER_HOST: `unix://${socket}`,
      TESTCONTAINERS_RYUK_DISABLED: "true",
      // Compose v2 would boot a BuildKit of its own, from an image of a registry the tests do not reach.
      DOCKER_BUILDKIT: "0",
    },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 120_000,
    killSignal: "SIGKILL",
  });
  const ended = new Promise<number | null>((resolve, reject) =>
    child.once("error", reject).once("close", resolve),
  );
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, stdout, stderr, output: `${stdout}${stderr}` };
}
