import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";

/** What to do with one request instead of passing it on. */
export type Fault =
  /** The body ends, with the connection, after so many bytes. */
  | { readonly kind: "close"; readonly afterBytes: number }
  /** The body stops after so many bytes; the connection stays. */
  | { readonly kind: "stall"; readonly afterBytes: number }
  /** The byte at this place of the body is another one. */
  | { readonly kind: "damage"; readonly atByte: number }
  /** The body has so many bytes more at its end. */
  | { readonly kind: "lengthen"; readonly bytes: number }
  /** The whole body with 200, whatever range was asked for. */
  | { readonly kind: "ignore-range" }
  | { readonly kind: "redirect"; readonly location: string }
  | { readonly kind: "status"; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** This answer instead of the registry's. */
  | { readonly kind: "answer"; readonly body: string; readonly headers?: Readonly<Record<string, string>> };

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  /** Of the answer's body, on their way to the client so far. */
  sentBytes: number;
}

/** A registry with faults, in front of a real one. */
export interface FaultyRegistry extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly seen: SeenRequest[];
  /** Decides for each request; undefined passes it on. May be replaced at any time. */
  fault: (request: SeenRequest) => Fault | undefined;
}

/** Passes everything on to the registry at `upstream`, except where `fault` says otherwise. */
export async function startFaultyRegistry(
  upstream: string,
  fault: FaultyRegistry["fault"] = () => undefined,
): Promise<FaultyRegistry> {
  const server = createServer((incoming, response) => {
    const { method = "GET", url: path = "/", headers } = incoming;
    const seen: SeenRequest = { method, path, headers, sentBytes: 0 };
    registry.seen.push(seen);
    const wrong = registry.fault(seen);
    response.on("error", () => {});
    if (wrong?.kind === "redirect") response.writeHead(307, { location: wrong.location }).end();
    else if (wrong?.kind === "status") response.writeHead(wrong.status, wrong.headers).end("{}");
    else if (wrong?.kind === "answer") response.writeHead(200, wrong.headers).end(wrong.body);
    else passOn(upstream, incoming, response, seen, wrong);
  }).listen(0, "0.0.0.0");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("it listens on no port");
  const registry: FaultyRegistry = {
    url: `http://127.0.0.1:${address.port}`,
    host: `127.0.0.1:${address.port}`,
    seen: [],
    fault,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return registry;
}

type BodyFault = Exclude<Fault, { kind: "redirect" | "status" | "answer" }>;

function passOn(
  upstream: string,
  incoming: IncomingMessage,
  response: ServerResponse,
  seen: SeenRequest,
  fault: BodyFault | undefined,
): void {
  const { host: _host, range, ...rest } = incoming.headers;
  const headers = range === undefined || fault?.kind === "ignore-range" ? rest : { ...rest, range };
  const onward = request(upstream + seen.path, { method: seen.method, headers, agent: false });
  onward.on("error", () => response.destroy());
  onward.on("response", (answer) => {
    const { "content-length": length, ...others } = answer.headers;
    const more = fault?.kind === "lengthen" ? fault.bytes : 0;
    const contentLength = length === undefined ? {} : { "content-length": Number(length) + more };
    response.writeHead(answer.statusCode ?? 502, { ...others, ...contentLength });
    void relay(answer, response, seen, fault).catch(() => response.destroy());
  });
  incoming.pipe(onward);
}

async function relay(
  answer: IncomingMessage,
  response: ServerResponse,
  seen: SeenRequest,
  fault: BodyFault | undefined,
): Promise<void> {
  const limitBytes =
    fault?.kind === "close" || fault?.kind === "stall" ? fault.afterBytes : Number.POSITIVE_INFINITY;
  for await (const whole of answer as AsyncIterable<Buffer>) {
    const chunk = whole.subarray(0, limitBytes - seen.sentBytes);
    if (fault?.kind === "damage") damage(chunk, fault.atByte - seen.sentBytes);
    seen.sentBytes += chunk.length;
    const isTaken = response.write(chunk);
    if (seen.sentBytes >= limitBytes) {
      answer.destroy();
      if (fault?.kind === "close") response.socket?.end();
      return;
    }
    if (!isTaken) await Promise.race([once(response, "drain"), once(response, "close")]);
    if (response.destroyed) return void answer.destroy();
  }
  response.end(fault?.kind === "lengthen" ? Buffer.alloc(fault.bytes) : undefined);
}

function damage(chunk: Buffer, at: number): void {
  if (at >= 0 && at < chunk.length) chunk[at] = (chunk[at] ?? 0) ^ 1;
}
