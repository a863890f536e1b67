import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { DetachScanner, defaultDetachKeys, parseDetachKeys } from "../api/detach-keys.ts";
import type { AttachedStream } from "../api/engine-client.ts";
import type { CommandContext } from "./command.ts";
import { writeFrames } from "./write.ts";

/** This program's own streams. */
export type StandardStreams = Pick<CommandContext, "stdin" | "stdout" | "stderr" | "signal">;

export interface Interaction {
  readonly stream: AttachedStream;
  /** Standard input goes in. */
  readonly sendsInput: boolean;
  readonly detachKeys?: string;
  /** Tells the other side the size of our terminal. */
  readonly resize: (size: { readonly height: number; readonly width: number }) => Promise<void>;
}

/** Carries our terminal or pipes to the other side and back, until its output ends or the user leaves. */
export async function interact(
  { stream, sendsInput, detachKeys = defaultDetachKeys, resize }: Interaction,
  context: StandardStreams,
): Promise<"ended" | "detached"> {
  const { stdin, stdout, signal } = context;
  using _raw = stream.tty && sendsInput ? rawMode(stdin) : undefined;
  using _resizing = stream.tty ? followSize(stdout, resize) : undefined;
  const done = new AbortController();
  const scanner = stream.tty ? new DetachScanner(parseDetachKeys(detachKeys)) : undefined;
  let detached = false;
  const input = async () => {
    if (!sendsInput) return;
    detached = await sendInput(stdin, stream, scanner, AbortSignal.any([signal, done.signal]));
    if (detached) stream.socket.destroy();
  };
  const inputEnded = input().catch((error: unknown) => {
    // The other side no longer reads; its output decides how this ends.
    if (signal.aborted) throw error;
  });
  try {
    await writeFrames(stream.frames, context, signal);
  } catch (error) {
    if (!detached) throw error;
  } finally {
    done.abort();
    stdin.pause();
  }
  await inputEnded;
  return detached ? "detached" : "ended";
}

async function sendInput(
  stdin: Readable,
  stream: AttachedStream,
  scanner: DetachScanner | undefined,
  stop: AbortSignal,
): Promise<boolean> {
  const stopped = once(stop, "abort");
  const chunks = stdin.iterator({ destroyOnReturn: false });
  while (!stop.aborted) {
    const next = await Promise.race([chunks.next(), stopped]);
    if (Array.isArray(next)) return false;
    if (next.done === true) break;
    const { pass, detached } = scanner?.push(next.value as Buffer) ?? { pass: next.value, detached: false };
    if (detached) return true;
    if (!stream.socket.write(pass)) await once(stream.socket, "drain", { signal: stop });
  }
  if (!stop.aborted) stream.socket.end(scanner?.flush());
  return false;
}

/** Every key goes to the other side, Ctrl-C included, until disposed. Nothing when `stdin` is no terminal. */
function rawMode(stdin: Readable): Disposable | undefined {
  if (!("isTTY" in stdin) || stdin.isTTY !== true) return undefined;
  const terminal = stdin as NodeJS.ReadStream;
  terminal.setRawMode(true);
  return { [Symbol.dispose]: () => void terminal.setRawMode(false) };
}

function followSize(stdout: Writable, resize: Interaction["resize"]): Disposable | undefined {
  if (!("isTTY" in stdout) || stdout.isTTY !== true) return undefined;
  const terminal = stdout as NodeJS.WriteStream;
  const send = () => {
    // The process may be gone by now; a wrong size is no reason to end.
    resize({ height: terminal.rows, width: terminal.columns }).catch(() => {});
  };
  send();
  terminal.on("resize", send);
  return { [Symbol.dispose]: () => void terminal.off("resize", send) };
}
