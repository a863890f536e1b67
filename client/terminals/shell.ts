import type * as vscode from "vscode";
import type { EngineClient } from "../../runtime/api/engine-client.ts";
import { pacedText } from "./pace.ts";
import { openTerminal, type TerminalSession } from "./pseudoterminal.ts";

/** bash where the image has it, sh elsewhere. */
const bashOrSh = ["/bin/sh", "-c", "command -v bash >/dev/null 2>&1 && exec bash; exec sh"];

/** A terminal with a shell in a running container: a real TTY with resize, Ctrl-C and its exit code. */
export function openShell(client: EngineClient, container: { id: string; name: string }): vscode.Terminal {
  return openTerminal({
    name: `Shell: ${container.name}`,
    icon: "terminal",
    atEnd: "close",
    run: (session) => runShell(client, container.id, session),
    printEnd: (code) => `The shell in ${container.name} ended with exit code ${code}.`,
  }).terminal;
}

async function runShell(client: EngineClient, container: string, session: TerminalSession): Promise<number> {
  const { signal } = session;
  const size = session.size();
  const exec = await client.execs.create(
    container,
    {
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      Tty: true,
      Env: ["TERM=xterm-256color"],
      Cmd: bashOrSh,
      ...(size === undefined ? {} : { ConsoleSize: [size.rows, size.columns] as const }),
    },
    signal,
  );
  const stream = await client.execs.start(exec.Id, { tty: true }, signal);
  const resize = (dimensions: vscode.TerminalDimensions) => {
    // A shell that ends while its terminal is being resized is no failure.
    client.execs
      .resize(exec.Id, { height: dimensions.rows, width: dimensions.columns }, signal)
      .catch(() => {});
  };
  session.takeSize(resize);
  const now = session.size();
  if (now !== undefined) resize(now);
  await pipeTerminal(stream, session);
  const { ExitCode } = await client.execs.inspect(exec.Id, signal);
  return ExitCode ?? 0;
}

/** Connects what is typed and what is printed until the output ends. */
export async function pipeTerminal(
  stream: Awaited<ReturnType<EngineClient["execs"]["start"]>>,
  session: TerminalSession,
): Promise<void> {
  const { signal } = session;
  const onAbort = () => stream.socket.destroy();
  signal.addEventListener("abort", onAbort, { once: true });
  stream.socket.on("error", () => {});
  session.takeInput((text) => {
    if (stream.socket.writable) stream.socket.write(text);
  });
  try {
    for await (const text of pacedText(stream.frames)) session.write(text);
  } finally {
    signal.removeEventListener("abort", onAbort);
    stream.socket.destroy();
  }
  signal.throwIfAborted();
}
