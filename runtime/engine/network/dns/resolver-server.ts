import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { createServer, type Server, type Socket } from "node:net";
import type { Decision } from "./decide.ts";
import { forwardQuery, type Transport } from "./forward.ts";
import { parseQuery, printAnswer, type Query, responseCode } from "./message.ts";
import { printFramed, readFramed } from "./tcp-frame.ts";

/** What a resolver knows when a question comes. */
export interface ResolverKnowledge {
  readonly decide: (query: Query, sourceAddress: string) => Decision;
  /** The host's nameservers, as they are now. */
  readonly hostNameservers: () => readonly string[];
}

const maxForwarded = 256;
const maxConnections = 128;
const idleConnectionMs = 10_000;

/** The resolver of one network: UDP and TCP on the network's gateway address. */
export class ResolverServer {
  readonly address: string;
  /** 53, or another when that is taken. */
  readonly port: number;
  readonly #udp: UdpSocket;
  readonly #tcp: Server;
  readonly #knowledge: ResolverKnowledge;
  readonly #stop = new AbortController();
  #forwarded = 0;

  private constructor(
    address: string,
    port: number,
    udp: UdpSocket,
    tcp: Server,
    knowledge: ResolverKnowledge,
  ) {
    this.address = address;
    this.port = port;
    this.#udp = udp;
    this.#tcp = tcp;
    this.#knowledge = knowledge;
    udp.on("message", (message, { address: source, port: sourcePort }) => {
      this.#answer(message, source, "udp", (response) => {
        if (!this.#stop.signal.aborted) udp.send(response, sourcePort, source);
      });
    });
    udp.on("error", () => {});
    tcp.on("connection", (socket) => this.#serve(socket)).on("error", () => {});
  }

  /** Listens on port 53 of the address, or on any other port when someone has that one. */
  static async listen(address: string, knowledge: ResolverKnowledge): Promise<ResolverServer> {
    const sockets = (await openPair(address, 53)) ?? (await openAnyPair(address));
    return new ResolverServer(address, sockets.port, sockets.udp, sockets.tcp, knowledge);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    const closed = new Promise<void>((resolve) => this.#tcp.close(() => resolve()));
    await Promise.all([closed, new Promise<void>((resolve) => this.#udp.close(() => resolve()))]);
  }

  #serve(socket: Socket): void {
    const onStop = () => socket.destroy();
    this.#stop.signal.addEventListener("abort", onStop, { once: true });
    socket.on("close", () => this.#stop.signal.removeEventListener("abort", onStop));
    socket.on("error", () => socket.destroy());
    socket.setTimeout(idleConnectionMs, () => socket.destroy());
    // A client may close its side right after its questions: the answers still go out.
    let unanswered = 0;
    const read = readFramed((message) => {
      unanswered++;
      this.#answer(message, socket.remoteAddress ?? "", "tcp", (response) => {
        unanswered--;
        if (socket.writable) socket.write(printFramed(response));
        if (socket.readableEnded && unanswered === 0) socket.end();
      });
    });
    socket.on("end", () => {
      if (unanswered === 0) socket.end();
    });
    socket.on("data", read);
  }

  #answer(message: Buffer, source: string, transport: Transport, send: (response: Buffer) => void): void {
    const query = parseQuery(message);
    // Not even a question: nothing to answer with.
    if (query === undefined) return;
    const decision = this.#knowledge.decide(query, source);
    if (decision.kind === "answer") {
      send(printAnswer(query, decision.answer));
      return;
    }
    const failure = () =>
      send(printAnswer(query, { code: responseCode.serverFailure, records: [], authoritative: false }));
    const nameservers =
      decision.nameservers.length > 0 ? decision.nameservers : this.#knowledge.hostNameservers();
    if (this.#forwarded >= maxForwarded || nameservers.length === 0) {
      failure();
      return;
    }
    this.#forwarded++;
    forwardQuery(message, query, nameservers, transport, this.#stop.signal)
      .then((response) => (response === undefined ? failure() : send(response)))
      .catch(failure)
      .finally(() => {
        this.#forwarded--;
      });
  }
}

interface Pair {
  readonly udp: UdpSocket;
  readonly tcp: Server;
  readonly port: number;
}

async function openAnyPair(address: string): Promise<Pair> {
  // A port free for UDP may be taken for TCP: a few tries are plenty.
  for (let attempt = 0; attempt < 8; attempt++) {
    const pair = await openPair(address, 0);
    if (pair !== undefined) return pair;
  }
  throw new Error(`no free port for a resolver on ${address}`);
}

/** Undefined when the port is taken. */
async function openPair(address: string, wantedPort: number): Promise<Pair | undefined> {
  const udp = createSocket({ type: "udp4", recvBufferSize: 256 * 1024 });
  const bound = await isListening((resolve, reject) => {
    udp.once("error", reject);
    udp.bind({ address, port: wantedPort, exclusive: true }, resolve);
  });
  if (!bound) return undefined;
  const { port } = udp.address();
  const tcp = createServer({ allowHalfOpen: true });
  tcp.maxConnections = maxConnections;
  const listening = await isListening((resolve, reject) => {
    tcp.once("error", reject);
    tcp.listen({ host: address, port, exclusive: true }, resolve);
  });
  if (!listening) {
    udp.close();
    return undefined;
  }
  return { udp, tcp, port };
}

/** False when the address is in use; other failures are thrown. */
async function isListening(
  start: (resolve: () => void, reject: (error: Error) => void) => void,
): Promise<boolean> {
  try {
    await new Promise<void>(start);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") return false;
    throw error;
  }
}
