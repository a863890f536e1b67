import { chmod, mkdir, stat, unlink } from "node:fs/promises";
import type { Server } from "node:http";
import { connect } from "node:net";
import { dirname } from "node:path";
import { EngineError } from "../error.ts";

/** Longest path that a socket address holds (sun_path of 108 bytes with its zero). Source: unix(7). */
const maxPathBytes = 107;

/**
 * Listens on a unix socket of mode 0660. A socket that nobody answers on is a leftover and is replaced.
 * Throws `conflict` when another engine listens there, or when the path is something else than a socket.
 */
export async function listenOnSocket(server: Server, path: string): Promise<void> {
  if (Buffer.byteLength(path) > maxPathBytes) {
    throw new EngineError(
      "invalid-argument",
      `the socket path is longer than ${maxPathBytes} bytes: ${path}`,
    );
  }
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  await removeLeftover(path);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ path }, () => {
      server.off("error", reject);
      resolve();
    });
  });
  await chmod(path, 0o660);
}

async function removeLeftover(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket())
    throw new EngineError("conflict", `cannot listen on ${path}: it exists and is not a socket`);
  if (await answers(path)) {
    throw new EngineError("conflict", `cannot listen on ${path}: another engine listens there`);
  }
  await unlink(path);
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => settle(true));
    socket.once("error", () => settle(false));
  });
}
