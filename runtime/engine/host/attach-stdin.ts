import type { Writable } from "node:stream";
import { startProgram } from "./run.ts";

/** Longer than any quiet pause: how long socat goes on after its input ended, waiting for the process to end. */
const patienceSeconds = 7 * 24 * 3600;

/**
 * A way into the stdin of a supervised process. conmon's socket is of type SOCK_SEQPACKET, which Node cannot open: socat
 * (type=5) does. Ending the stream is the half-close that conmon passes on. `close` takes the process away.
 */
export function openSupervisedStdin(directory: string): {
  readonly stdin: Writable;
  readonly close: () => void;
} {
  const controller = new AbortController();
  const socat = startProgram(
    {
      // The path is relative, since a socket's path may have 107 bytes only.
      argv: ["socat", "-t", String(patienceSeconds), "-", "UNIX-CONNECT:attach,type=5"],
      stdin: "pipe",
      stdout: "none",
      stderr: "none",
      cwd: directory,
    },
    controller.signal,
  );
  if (socat.stdin === undefined) throw new Error("socat was started without a pipe");
  return { stdin: socat.stdin, close: () => controller.abort() };
}
