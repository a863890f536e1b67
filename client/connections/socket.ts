import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Link, OpenLink } from "./connection.ts";

/** Opens the socket of an engine that somebody else runs: Docker, Podman, or a Berth engine started by hand. */
export function openSocket(path: string): OpenLink {
  return async (options, signal) => {
    options.report(`connecting to ${path}`);
    try {
      const socket = await connectSocket(path, signal);
      socket.destroy();
    } catch (error) {
      throw new Error(explain(path, error), { cause: error });
    }
    return socketLink(path);
  };
}

/** A link to a unix socket of this machine; it knows of no end of its own, the event stream tells. */
export function socketLink(path: string): Link {
  return {
    connect: () => connect({ path }),
    closed: new Promise(() => {}),
    [Symbol.asyncDispose]: async () => {},
  };
}

/** Connects; throws the system's error, or the signal's reason. */
export async function connectSocket(path: string, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  const socket = connect({ path });
  try {
    await once(socket, "connect", { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    throw signal.aborted ? signal.reason : error;
  }
}

function explain(path: string, error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT") return `cannot connect to ${path}: there is no such socket; is the engine running?`;
  if (code === "ECONNREFUSED")
    return `cannot connect to ${path}: nobody listens on it; is the engine running?`;
  if (code === "EACCES") {
    return `cannot connect to ${path}: permission denied; your user needs write access to it (for Docker: group docker)`;
  }
  return `cannot connect to ${path}: ${error instanceof Error ? error.message : String(error)}`;
}
