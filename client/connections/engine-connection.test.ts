import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import type { ConnectionState } from "./connection.ts";
import { EngineConnection } from "./engine-connection.ts";
import { openSocket } from "./socket.ts";

// An engine as far as a connection sees it: version, info and an event stream, on a real socket.

let folder: string;
let socket: string;
let server: Server;
let streams: ServerResponse[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "berth-connection-"));
  socket = path.join(folder, "engine.sock");
  streams = [];
  await listen();
});

afterEach(async () => {
  await unlisten();
  await rm(folder, { recursive: true });
});

async function listen(): Promise<void> {
  server = createServer((request, response) => {
    response.setHeader("Api-Version", "1.50");
    const url = request.url ?? "";
    if (url.includes("/events")) {
      response.writeHead(200, { "Content-Type": "application/json" });
      response.flushHeaders();
      streams.push(response);
    } else if (url.endsWith("/version")) response.end('{"Version":"9.9"}');
    else if (url.endsWith("/info")) response.end('{"SystemTime":"2026-01-01T00:00:00Z"}');
    else response.end("OK");
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
}

async function unlisten(): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}

const signal = AbortSignal.timeout(20_000);
const isConnected = (state: ConnectionState) => state.kind === "connected";

function connection(): EngineConnection {
  return new EngineConnection({
    id: "x",
    label: "test",
    kind: "socket",
    open: openSocket(socket),
    log: () => {},
  });
}

test("connects, hands events on, reconnects after the server went, and stops", async () => {
  const states: string[] = [];
  const events: string[] = [];
  await using engine = connection();
  engine.state.subscribe((state) => states.push(state.kind));
  engine.onEvent((event) => events.push(event.Action));
  await engine.start(signal);
  assert.deepEqual(engine.state.value, { kind: "connected", version: "9.9" });

  const seen = new Promise<void>((resolve) => void engine.onEvent(() => resolve()));
  while (streams.length === 0) await new Promise((resolve) => setImmediate(resolve));
  streams[0]?.write('{"Type":"container","Action":"start","Actor":{"ID":"1","Attributes":{}}}\n');
  await seen;
  assert.deepEqual(events, ["start"]);

  const lost = engine.state.until((state) => state.kind === "starting", signal);
  await unlisten();
  await lost;
  await listen();
  await engine.state.until(isConnected, signal);

  await engine.stop();
  assert.equal(engine.state.value.kind, "stopped");
  assert.ok(!states.includes("failed"));
});

test("what never worked is told and not tried again", async () => {
  await unlisten();
  await using engine = connection();
  await assert.rejects(engine.start(signal), /there is no such socket; is the engine running\?/);
  assert.equal(engine.state.value.kind, "failed");
  await listen();
  await engine.start(signal);
  assert.ok(isConnected(engine.state.value));
});

test("starting twice connects once; calls without a connection say why", async () => {
  await using engine = connection();
  await assert.rejects(engine.client.containers.list({}, signal), /not connected \(stopped\)/);
  await Promise.all([engine.start(signal), engine.start(signal)]);
  assert.ok(isConnected(engine.state.value));
});
