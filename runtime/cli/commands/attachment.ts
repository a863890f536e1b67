import type { CommandContext } from "../command.ts";
import { interact } from "../interactive.ts";
import { forwardSignals } from "../signals.ts";

export interface Attachment {
  readonly container: string;
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly detachKeys?: string;
  /** Signals that this program gets go to the container; with a terminal the keys already do. */
  readonly passesSignals: boolean;
  /** What ends the wait for the exit code. */
  readonly until: "not-running" | "next-exit" | "removed";
  /** Done once the streams are there, so that no output is missed. */
  readonly start?: () => Promise<void>;
}

/** Carries our streams to the container and back. Gives its exit code, 0 when the user leaves it running. */
export async function attachAndWait(attachment: Attachment, context: CommandContext): Promise<number> {
  const { container, stdin, stdout, stderr, detachKeys, passesSignals, until, start } = attachment;
  const { client, signal } = context;
  const stream = await client.containers.attach(
    container,
    { stdin, stdout, stderr, stream: true, detachKeys },
    signal,
  );
  const { exit } = await client.containers.beginWait(container, until, signal);
  try {
    await start?.();
  } catch (error) {
    stream.socket.destroy();
    throw error;
  }
  using _signals =
    stream.tty || !passesSignals
      ? undefined
      : forwardSignals((name) => client.containers.kill(container, name, signal));
  const resize = (size: { readonly height: number; readonly width: number }) =>
    client.containers.resize(container, size, signal);
  const end = await interact({ stream, sendsInput: stdin, detachKeys, resize }, context);
  if (end === "detached") {
    context.stderr.write("read escape sequence\n");
    return 0;
  }
  const { StatusCode, Error: failure } = await exit;
  if (failure?.Message) context.stderr.write(`berth: ${failure.Message}\n`);
  return StatusCode;
}
