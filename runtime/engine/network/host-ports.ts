import { createSocket } from "node:dgram";
import { createServer, isIPv6 } from "node:net";
import { EngineError } from "../error.ts";
import {
  collide,
  type PortRequest,
  type Protocol,
  type PublishedPort,
  printHostPort,
} from "./port-mapping.ts";

/** Gives the port back to the host. */
type Release = () => void;

interface Held {
  readonly port: PublishedPort;
  release: Release | undefined;
}

const firstEphemeralPort = 32768;
const lastEphemeralPort = 60999;

/**
 * Ports of the host that containers publish. Each is held by a socket of the engine: the firewall rewrites packets before
 * any socket sees them, so the socket only tells other programs (and other engines) that the port is taken, and tells us
 * when they have it.
 */
export class HostPorts {
  readonly #held = new Map<string, Held[]>();
  #nextEphemeralPort = firstEphemeralPort;

  /**
   * Takes all ports or none; `defaultHostIps` are for requests without an address. `endpoint` names the container in the error: `conflict`, in Docker's words.
   */
  async take(
    owner: string,
    endpoint: string,
    requests: readonly PortRequest[],
    defaultHostIps: readonly string[],
  ): Promise<readonly PublishedPort[]> {
    const taken: PublishedPort[] = [];
    try {
      for (const request of requests) {
        const hostIps = request.hostIp === "" ? defaultHostIps : [request.hostIp];
        taken.push(...(await this.#takeOne(owner, request, hostIps)));
      }
      return taken;
    } catch (error) {
      this.release(owner);
      const reason = error instanceof Error ? error.message : String(error);
      throw new EngineError(
        "conflict",
        `driver failed programming external connectivity on endpoint ${endpoint}: ${reason}`,
        { cause: error },
      );
    }
  }

  /** After a restart of the engine: the mappings stand already; gives those that another program has taken meanwhile. */
  async retake(owner: string, ports: readonly PublishedPort[]): Promise<readonly PublishedPort[]> {
    const lost: PublishedPort[] = [];
    for (const port of ports) {
      const held: Held = { port, release: undefined };
      this.#heldBy(owner).push(held);
      try {
        held.release = await bind(port);
      } catch {
        lost.push(port);
      }
    }
    return lost;
  }

  release(owner: string): void {
    const held = this.#held.get(owner) ?? [];
    this.#held.delete(owner);
    for (const { release } of held) release?.();
  }

  releaseAll(): void {
    for (const owner of [...this.#held.keys()]) this.release(owner);
  }

  /** The same port of every address: whoever asks for `localhost` may get either family. */
  async #takeOne(
    owner: string,
    request: PortRequest,
    hostIps: readonly string[],
  ): Promise<readonly PublishedPort[]> {
    const { protocol, containerPort } = request;
    let failure: unknown;
    for (const hostPort of this.#candidates(request)) {
      const ports = hostIps.map((hostIp) => ({ protocol, containerPort, hostIp, hostPort }));
      try {
        await this.#hold(owner, ports);
        return ports;
      } catch (error) {
        failure = error;
        if (codeOf(error) !== "EADDRINUSE") break;
      }
    }
    throw failure;
  }

  /** Holds all or none. Throws an error with the code EADDRINUSE for a port that is taken. */
  async #hold(owner: string, ports: readonly PublishedPort[]): Promise<void> {
    const mine = this.#heldBy(owner);
    const count = mine.length;
    try {
      for (const port of ports) {
        if (this.#isTaken(port)) {
          const message = `Bind for ${printHostPort(port)} failed: port is already allocated`;
          throw Object.assign(new Error(message), { code: "EADDRINUSE" });
        }
        const held: Held = { port, release: undefined };
        mine.push(held);
        held.release = await bind(port);
      }
    } catch (error) {
      for (const { release } of mine.splice(count)) release?.();
      throw error;
    }
  }

  /** The ports to try, in order. */
  *#candidates(request: PortRequest): Generator<number> {
    if (request.hostPorts !== undefined) {
      for (let port = request.hostPorts.first; port <= request.hostPorts.last; port++) yield port;
      return;
    }
    for (let count = firstEphemeralPort; count <= lastEphemeralPort; count++) {
      const port = this.#nextEphemeralPort;
      this.#nextEphemeralPort = port === lastEphemeralPort ? firstEphemeralPort : port + 1;
      yield port;
    }
  }

  #isTaken(port: PublishedPort): boolean {
    return [...this.#held.values()].some((list) => list.some((held) => collide(held.port, port)));
  }

  #heldBy(owner: string): Held[] {
    const existing = this.#held.get(owner);
    if (existing !== undefined) return existing;
    const list: Held[] = [];
    this.#held.set(owner, list);
    return list;
  }
}

async function bind(port: PublishedPort): Promise<Release> {
  try {
    return await bindSocket(port.protocol, port.hostIp, port.hostPort);
  } catch (error) {
    const where = `${printHostPort(port)}/${port.protocol}`;
    throw Object.assign(
      new Error(`failed to bind host port ${where}: ${describe(error)}`, { cause: error }),
      {
        code: codeOf(error),
      },
    );
  }
}

function bindSocket(protocol: Protocol, address: string, port: number): Promise<Release> {
  if (protocol === "sctp") return Promise.resolve(() => {});
  return new Promise((resolve, reject) => {
    if (protocol === "udp") {
      const socket = createSocket(isIPv6(address) ? { type: "udp6", ipv6Only: true } : { type: "udp4" });
      socket.once("error", reject);
      socket.bind({ address, port, exclusive: true }, () => {
        socket.off("error", reject).on("error", () => {});
        socket.unref();
        resolve(() => socket.close());
      });
      return;
    }
    // Only packets that missed the firewall's rules (while someone flushed them) come here: refused at once, not left to hang.
    const server = createServer((connection) => connection.destroy());
    server.once("error", reject);
    server.listen({ host: address, port, exclusive: true, backlog: 1, ipv6Only: true }, () => {
      server.off("error", reject).on("error", () => {});
      server.unref();
      resolve(() => server.close());
    });
  });
}

function describe(error: unknown): string {
  const code = codeOf(error);
  if (code === "EADDRINUSE") return "address already in use";
  if (code === "EADDRNOTAVAIL") return "cannot assign requested address";
  if (code === "EACCES") return "permission denied";
  return error instanceof Error ? error.message : String(error);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
