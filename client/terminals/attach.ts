import type * as vscode from "vscode";
import type { EngineClient } from "../../runtime/api/engine-client.ts";
import { pacedText, toTerminal } from "./pace.ts";
import { openTerminal, type TerminalSession } from "./pseudoterminal.ts";
import { pipeTerminal } from "./shell.ts";

/** A terminal on the container's own process. Closing it detaches; the container goes on. */
export function openAttach(client: EngineClient, container: { id: string; name: string }): vscode.Terminal {
  return openTerminal({
    name: `Attach: ${container.name}`,
    icon: "plug",
    atEnd: "keep",
    run: (session) => runAttach(client, container.id, session),
    printEnd: (code) => `${container.name} ended with exit code ${code}.`,
  }).terminal;
}

async function runAttach(client: EngineClient, id: string, session: TerminalSession): Promise<number> {
  const { signal } = session;
  const { Config } = await client.containers.inspect(id, signal);
  const hasTerminal = Config.Tty ?? false;
  const takesInput = Config.OpenStdin ?? false;
  const options = { stdin: takesInput, stdout: true, stderr: true, stream: true, logs: true };
  const stream = await client.containers.attach(id, options, signal);
  if (hasTerminal) {
    const resize = (size: vscode.TerminalDimensions) => {
      client.containers.resize(id, { height: size.rows, width: size.columns }, signal).catch(() => {});
    };
    session.takeSize(resize);
    const size = session.size();
    if (size !== undefined) resize(size);
    await pipeTerminal(stream, session);
  } else {
    session.takeInput((text) => typeLine(client, id, stream.socket, takesInput, text, session));
    signal.addEventListener("abort", () => stream.socket.destroy(), { once: true });
    stream.socket.on("error", () => {});
    for await (const text of pacedText(stream.frames)) session.write(toTerminal(text));
  }
  const { StatusCode } = await client.containers.wait(id, "not-running", signal);
  return StatusCode;
}

/** Without a TTY in the container the terminal's part is ours: echo, line ends, Ctrl-C as SIGINT, Ctrl-D as the end. */
function typeLine(
  client: EngineClient,
  id: string,
  socket: { write: (text: string) => unknown; end: () => unknown; writable: boolean },
  takesInput: boolean,
  text: string,
  session: TerminalSession,
): void {
  if (text === "\x03") {
    client.containers
      .kill(id, "SIGINT", session.signal)
      .catch((error: unknown) => session.write(toTerminal(`\n${String(error)}\n`)));
    return;
  }
  if (!takesInput || !socket.writable) return;
  if (text === "\x04") {
    socket.end();
    return;
  }
  const line = text.replaceAll("\r", "\n");
  session.write(toTerminal(line));
  socket.write(line);
}
