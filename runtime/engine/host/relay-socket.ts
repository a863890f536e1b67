import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** Listens on a new unix socket and joins each connection with one to `target`. Disposing of it ends all of them. */
export async function relaySocket(path: string, target: string): Promise<AsyncDisposable> {
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(target);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(socket);
      // One end that breaks ends the other; who connected sees a closed connection.
      socket.on("error", () => other.destroy());
      socket.once("close", () => {
        open.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  server.listen(path);
  await once(server, "listening");
  return {
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
