import type { IncomingMessage } from "node:http";
import { ApiError, ConnectionError } from "./api-error.ts";
import { containerCalls } from "./client/containers.ts";
import { execCalls } from "./client/execs.ts";
import { imageCalls } from "./client/images.ts";
import { networkCalls } from "./client/networks.ts";
import { systemCalls } from "./client/system.ts";
import { volumeCalls } from "./client/volumes.ts";
import type { Query, Wire } from "./client/wire.ts";
import type { EngineAddress, EngineClient } from "./engine-client.ts";
import { decodeJsonLines } from "./ndjson.ts";
import { type ApiCall, readText, send, sendUpgrade } from "./transport.ts";
import { minVersion, newestVersion } from "./version.ts";

/**
 * A client of the engine at `address`. The API version is agreed on at the first call: the server's or ours,
 * whichever is older. Each call uses a connection of its own.
 */
export function createEngineClient(address: EngineAddress): EngineClient {
  const wire = createWire(address);
  return {
    system: systemCalls(wire),
    containers: containerCalls(wire),
    execs: execCalls(wire),
    images: imageCalls(wire),
    volumes: volumeCalls(wire),
    networks: networkCalls(wire),
  };
}

function createWire(address: EngineAddress): Wire {
  let agreed: string | undefined;

  const ping: Wire["ping"] = async (signal) => {
    const response = await send(address, { method: "GET", path: "/_ping" }, signal);
    await reading(address, readText(response), signal);
    const header = (name: string) => String(response.headers[name] ?? "");
    // A server without the header is older than 1.24's successor; the CLI assumes the same.
    return { apiVersion: header("api-version") || "1.24", osType: header("ostype") };
  };
  const version: Wire["version"] = async (signal) => {
    agreed ??= minVersion(newestVersion, (await ping(signal)).apiVersion);
    return agreed;
  };
  const versioned = async (call: ApiCall, query: Query, signal: AbortSignal): Promise<ApiCall> => ({
    ...call,
    path: `/v${await version(signal)}${call.path}${printQuery(query)}`,
  });

  return {
    ping,
    version,
    json: async <T>(call: ApiCall, query: Query, signal: AbortSignal) => {
      const response = await send(address, await versioned(call, query, signal), signal);
      const text = await reading(address, readText(response), signal);
      // The shape is the server's promise; the specification is the one we were written against.
      return (text === "" ? undefined : JSON.parse(text)) as T;
    },
    begin: async <T>(call: ApiCall, query: Query, signal: AbortSignal) => {
      const response = await send(address, await versioned(call, query, signal), signal);
      const body = reading(address, readText(response), signal).then((text) => JSON.parse(text) as T);
      // Whoever began may look at it late; a failure until then must not end the process.
      body.catch(() => {});
      return { body };
    },
    none: async (call, query, signal) => {
      const response = await send(address, await versioned(call, query, signal), signal);
      await reading(address, readText(response), signal);
    },
    bytes: async (call, query, signal) => {
      const response = await send(address, await versioned(call, query, signal), signal);
      return {
        contentType: response.headers["content-type"] ?? "",
        header: (name) => String(response.headers[name.toLowerCase()] ?? ""),
        chunks: chunksOf(address, response, signal),
      };
    },
    lines: async function* <T>(call: ApiCall, query: Query, signal: AbortSignal) {
      const response = await send(address, await versioned(call, query, signal), signal);
      for await (const line of decodeJsonLines(chunksOf(address, response, signal))) {
        throwErrorLine(line);
        yield line as T;
      }
    },
    upgrade: async (call, query, signal) =>
      sendUpgrade(address, await versioned(call, query, signal), signal),
  };
}

async function* chunksOf(
  address: EngineAddress,
  response: IncomingMessage,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of response) yield chunk as Buffer;
  } catch (error) {
    throw signal.aborted ? signal.reason : lost(address, error);
  } finally {
    response.destroy();
  }
}

async function reading<T>(address: EngineAddress, work: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw signal.aborted ? signal.reason : lost(address, error);
  }
}

function lost(address: EngineAddress, cause: unknown): ConnectionError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new ConnectionError(`lost the connection to ${address.name}: ${detail}`, { cause });
}

function throwErrorLine(line: unknown): void {
  if (typeof line !== "object" || line === null) return;
  const { errorDetail, error } = line as {
    errorDetail?: { code?: number; message?: string };
    error?: string;
  };
  if (errorDetail === undefined && error === undefined) return;
  throw new ApiError(errorDetail?.code || 500, errorDetail?.message ?? error ?? "unknown error");
}

function printQuery(query: Query): string {
  const pairs: [string, string][] = [];
  for (const [key, value] of Object.entries(query)) {
    if (value === undefined || value === false || value === "") continue;
    if (Array.isArray(value)) for (const item of value) pairs.push([key, String(item)]);
    else pairs.push([key, value === true ? "1" : String(value)]);
  }
  return pairs.length === 0 ? "" : `?${new URLSearchParams(pairs)}`;
}
