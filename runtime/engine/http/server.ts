import { createServer, type IncomingMessage, type Server, ServerResponse } from "node:http";
import { type Duplex, Readable } from "node:stream";
import { newestVersion } from "../../api/version.ts";
import { EngineError } from "../error.ts";
import type { Logger } from "../log.ts";
import type { Answer } from "./answer.ts";
import type { Backend } from "./backend.ts";
import type { Call } from "./call.ts";
import { carry, readUpgradeBody, upgradeHead } from "./hijack.ts";
import { createRouter, type Route } from "./router.ts";
import { outputMediaType } from "./shapes.ts";
import { failureOf } from "./status.ts";
import { splitTarget } from "./target.ts";
import { splitVersion } from "./version-path.ts";
import { writeAnswer, writeFailure } from "./write-answer.ts";

export interface HttpOptions {
  readonly routes: readonly Route[];
  readonly backend: Backend;
  readonly log: Logger;
  /** What the `Server` header says. */
  readonly product: string;
  /** Ends every stream when the engine stops. */
  readonly engineSignal: AbortSignal;
}

/** Bodies of hijacking requests are a few switches of `exec start`. */
const maxUpgradeBodyBytes = 64 * 1024;

/** One request with what is needed to answer it, whether its connection was taken over or not. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: Readable;
  /** The taken over connection. */
  readonly socket: Duplex | undefined;
}

/** The API over HTTP/1.1; the caller makes it listen. */
export function createApiServer(options: HttpOptions): Server {
  const match = createRouter(options.routes);
  const commonHeaders = {
    "Api-Version": newestVersion,
    "Docker-Experimental": "false",
    Ostype: "linux",
    Server: options.product,
  };

  const handle = async (exchange: Exchange) => {
    const { request, response } = exchange;
    const started = performance.now();
    const gone = new AbortController();
    (exchange.socket ?? response).on("close", () => gone.abort(new Error("the client is gone")));
    const signal = AbortSignal.any([gone.signal, options.engineSignal]);
    for (const [name, value] of Object.entries(commonHeaders)) response.setHeader(name, value);
    try {
      const { call, route } = prepare(exchange, signal);
      const answer = await route.handle(call, options.backend);
      await answerWith(exchange, answer, call.version, signal);
    } catch (error) {
      const failure = failureOf(error);
      if (failure.isBug && !signal.aborted) options.log.error("request failed", { url: request.url, error });
      if (response.headersSent) response.destroy();
      else writeFailure(response, failure.status, failure.message);
    }
    const ms = Math.round(performance.now() - started);
    options.log.debug("request", {
      method: request.method,
      url: request.url,
      status: response.statusCode,
      ms,
    });
  };

  const prepare = (exchange: Exchange, signal: AbortSignal): { call: Call; route: Route } => {
    const target = splitTarget(exchange.request.url ?? "/");
    const { version, path } = splitVersion(target.path);
    const found = match(exchange.request.method ?? "GET", path);
    if (found === undefined) throw new EngineError("not-found", "page not found");
    const call: Call = {
      version,
      params: found.params,
      query: target.query,
      headers: exchange.request.headers,
      body: exchange.body,
      signal,
      engineSignal: options.engineSignal,
    };
    return { call, route: found.route };
  };

  const answerWith = async (exchange: Exchange, answer: Answer, version: string, signal: AbortSignal) => {
    const { response, socket, body } = exchange;
    const onLateError = (error: unknown) =>
      options.log.error("a stream broke", { url: exchange.request.url, error });
    if (answer.kind !== "hijack") {
      return await writeAnswer(response, answer, { version, signal, onLateError });
    }
    const { session, detachKeys } = answer;
    const mediaType = outputMediaType(version, session.tty);
    if (socket !== undefined) {
      response.detachSocket(exchange.request.socket);
      socket.write(upgradeHead(mediaType, commonHeaders));
    } else {
      response.useChunkedEncodingByDefault = false;
      response.shouldKeepAlive = false;
      response.writeHead(200, { "Content-Type": mediaType });
      response.flushHeaders();
    }
    const input = socket ?? body;
    await carry({ session, detachKeys, input, output: socket ?? response, signal }).catch(
      (error: unknown) => {
        onLateError(error);
        (socket ?? response).destroy();
      },
    );
  };

  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    void handle({ request, response, body: request, socket: undefined });
  });
  // Contexts of builds are long uploads; there is no bound on their time.
  server.requestTimeout = 0;
  server.on("upgrade", (request, socket, head) => {
    const destroy = () => socket.destroy();
    // The server knows nothing of taken over connections any more: one that stays open would keep the engine from ending.
    options.engineSignal.addEventListener("abort", destroy, { once: true });
    socket.once("close", () => options.engineSignal.removeEventListener("abort", destroy));
    void takeOver(request, socket, head)
      .then(handle)
      // Whatever the client still says is thrown away: only a connection that is read notices its end.
      .then(() => socket.resume())
      .catch((error: unknown) => {
        options.log.debug("an upgraded connection broke", { url: request.url, error });
        socket.destroy();
      });
  });
  return server;
}

async function takeOver(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<Exchange> {
  const length = Number(request.headers["content-length"] ?? 0);
  if (!(length <= maxUpgradeBodyBytes)) throw new Error("the body of an upgrading request is too large");
  socket.on("error", () => {
    // "close" follows and ends what is under way.
  });
  const body = await readUpgradeBody(socket, head, length);
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(request.socket);
  response.on("finish", () => socket.end());
  return { request, response, body: Readable.from(body.length === 0 ? [] : [body]), socket };
}
