import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { type Duplex, pipeline } from "node:stream";
import type { Forward } from "./connection.ts";

/** Ports of another machine that are reached at 127.0.0.1 here; all are closed with it. */
export interface PortForwards extends AsyncDisposable {
  readonly forward: (address: string, port: number) => Promise<Forward>;
}

/**
 * Listens on loopback for each port asked for, once, on the same number where it is free. `connect` opens a stream to the
 * port there; when it fails `log` is told, and the client's connection is closed.
 */
export function openPortForwards(
  connect: (address: string, port: number) => Promise<Duplex>,
  log: (line: string) => void,
): PortForwards {
  const opened = new Map<string, Promise<Forward>>();
  const servers = new Set<Server>();
  const sockets = new Set<Socket>();
  const listen = async (address: string, port: number): Promise<Forward> => {
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
      socket.on("error", () => socket.destroy());
      connect(address, port).then(
        (far) => {
          // Either side ending badly ends the other; there is nobody to tell.
          pipeline(socket, far, () => {});
          pipeline(far, socket, () => {});
        },
        (error: unknown) => {
          log(error instanceof Error ? error.message : String(error));
          socket.destroy();
        },
      );
    });
    servers.add(server);
    const localPort = await listenNear(server, port);
    log(`port ${port} is forwarded to 127.0.0.1:${localPort}`);
    return { localPort };
  };
  return {
    forward: (address, port) => {
      const key = `${address} ${port}`;
      const known = opened.get(key);
      if (known !== undefined) return known;
      const fresh = listen(address, port);
      opened.set(key, fresh);
      // What failed may be tried again.
      fresh.catch(() => opened.delete(key));
      return fresh;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await Promise.all(
        [...servers]
          .filter((server) => server.listening)
          .map((server) => new Promise((resolve) => server.close(resolve))),
      );
    },
  };
}

/** On the wished port, else on any free one; gives which. */
async function listenNear(server: Server, wished: number): Promise<number> {
  // Low ports are root's, and a forward should not take the place of a service of this machine.
  for (const port of wished >= 1024 ? [wished, 0] : [0]) {
    try {
      server.listen(port, "127.0.0.1");
      await once(server, "listening");
      return (server.address() as AddressInfo).port;
    } catch (error) {
      if (port === 0) throw error;
    }
  }
  throw new Error("no port is free");
}
