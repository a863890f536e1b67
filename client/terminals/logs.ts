import type * as vscode from "vscode";
import { ApiError, ConnectionError } from "../../runtime/api/api-error.ts";
import type { Connection } from "../connections/connection.ts";
import { pacedText, toTerminal } from "./pace.ts";
import { openTerminal, type TerminalSession } from "./pseudoterminal.ts";

/** Lines shown of what was printed before. */
const tailLines = 1000;

/** A terminal that follows a container's output, over restarts of the container and of the connection. */
export function openLogs(connection: Connection, container: { id: string; name: string }): vscode.Terminal {
  return openTerminal({
    name: `Logs: ${container.name}`,
    icon: "output",
    atEnd: "keep",
    run: (session) => followLogs(connection, container, session),
    printEnd: () => `${container.name} was removed.`,
  }).terminal;
}

async function followLogs(
  connection: Connection,
  container: { id: string; name: string },
  session: TerminalSession,
): Promise<number> {
  const { client } = connection;
  const { signal } = session;
  let since: number | undefined;
  while (true) {
    using starts = waitForStart(connection, container.id, signal);
    const { Config } = await client.containers.inspect(container.id, signal);
    const options = {
      follow: true,
      stdout: true,
      stderr: true,
      ...(since === undefined ? { tail: tailLines } : { since }),
    };
    const frames = client.containers.logs(container.id, options, signal);
    let seenAt = Date.now() / 1000;
    try {
      for await (const text of pacedText(frames)) {
        session.write(Config.Tty ? text : toTerminal(text));
        seenAt = Date.now() / 1000;
      }
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      note(session, "the connection to the engine was lost; waiting for it");
      await connection.state.until((each) => each.kind === "connected", signal);
      since = seenAt;
      continue;
    }
    const state = await readState(connection, container.id, signal);
    if (state === undefined) return 0;
    if (!state.Running) {
      note(
        session,
        `${container.name} stopped with exit code ${state.ExitCode}; waiting for it to start again`,
      );
      if ((await starts.next) === "removed") return 0;
      note(session, `${container.name} started again`);
    }
    since = await startedAt(connection, container.id, signal);
    if (since === undefined) return 0;
  }
}

function note(session: TerminalSession, text: string): void {
  session.write(`\x1b[2m[${text}]\x1b[0m\r\n`);
}

/** Listens from now on, so that a start between the end of the log and the waiting is not missed. */
function waitForStart(
  connection: Connection,
  id: string,
  signal: AbortSignal,
): Disposable & { readonly next: Promise<"started" | "removed"> } {
  let unsubscribe = () => {};
  const next = new Promise<"started" | "removed">((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    const stopEvents = connection.onEvent((event) => {
      if (event.Type !== "container" || event.Actor.ID !== id) return;
      if (event.Action === "start") resolve("started");
      if (event.Action === "destroy") resolve("removed");
    });
    // While the connection was away the container may have been started or removed: look again.
    const stopStates = connection.state.subscribe((state) => {
      if (state.kind === "connected") resolve("started");
    });
    unsubscribe = () => {
      stopEvents();
      stopStates();
    };
  });
  next.catch(() => {});
  return { next, [Symbol.dispose]: () => unsubscribe() };
}

async function readState(connection: Connection, id: string, signal: AbortSignal) {
  try {
    return (await connection.client.containers.inspect(id, signal)).State;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

/** Unix seconds of the present run's start: what is printed from then on was not shown yet. */
async function startedAt(
  connection: Connection,
  id: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  const state = await readState(connection, id, signal);
  return state === undefined ? undefined : Date.parse(state.StartedAt) / 1000;
}
