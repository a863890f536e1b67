import assert from "node:assert/strict";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { unixAddress } from "../../api/address.ts";
import { ApiError, ConnectionError } from "../../api/api-error.ts";
import { createEngineClient } from "../../api/client.ts";
import type { AttachSession } from "../container/ports.ts";
import { EngineError } from "../error.ts";
import { jsonLogger } from "../log.ts";
import type { Backend } from "./backend.ts";
import { listenOnSocket } from "./listen.ts";
import { routes } from "./routes.ts";
import { createApiServer } from "./server.ts";

const signal = AbortSignal.timeout(20_000);

/** A backend of which only the named parts are there; anything else that is called fails the test by its TypeError. */
type Fake = { readonly [K in keyof Backend]?: Partial<Backend[K]> };

async function serve(t: TestContext, fake: Fake): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "berth-http-"));
  const path = join(directory, "e.sock");
  const stop = new AbortController();
  const server = createApiServer({
    routes,
    backend: fake as Backend,
    log: jsonLogger(() => {}),
    product: "test",
    engineSignal: stop.signal,
  });
  await listenOnSocket(server, path);
  t.after(async () => {
    stop.abort();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(directory, { recursive: true });
  });
  return path;
}

/** Sends `request` as it is, ends its half of the connection and gives all that comes back. */
async function raw(path: string, request: string): Promise<string> {
  const socket = connect({ path, allowHalfOpen: true });
  socket.end(request.replaceAll("\n", "\r\n"));
  return (await text(socket)).replaceAll("\r\n", "\n");
}

/** Status and body of a plain request. */
async function ask(path: string, line: string, body = ""): Promise<string> {
  const type = body === "" ? "" : "Content-Type: application/json\n";
  const answer = await raw(
    path,
    `${line} HTTP/1.1\nHost: x\nConnection: close\n${type}Content-Length: ${body.length}\n\n${body}`,
  );
  const [head = "", rest = ""] = answer.split(/\n\n(.*)/s);
  return `${head.split(" ")[1]} ${rest.trim()}`;
}

test("ping says what clients look for", async (t) => {
  const path = await serve(t, {});
  const answer = await raw(path, "HEAD /_ping HTTP/1.1\nHost: x\nConnection: close\n\n");
  for (const header of ["Api-Version: 1.50", "Ostype: linux", "Builder-Version: 1", "Swarm: inactive"]) {
    assert.match(answer, new RegExp(`^${header}$`, "m"));
  }
  assert.deepEqual(await createEngineClient(unixAddress(path)).system.ping(signal), {
    apiVersion: "1.50",
    osType: "linux",
  });
});

test("errors have the status of their kind and a message", async (t) => {
  const inspect = async (name: string) => {
    if (name === "bug") throw new TypeError("x is not a function");
    throw new EngineError("not-found", `No such container: ${name}`);
  };
  const path = await serve(t, {
    containers: {
      inspect,
      start: () => Promise.reject(new EngineError("not-modified", "it runs")),
      list: async () => [],
    },
  });
  assert.equal(await ask(path, "GET /v1.41/containers/web/json"), '404 {"message":"No such container: web"}');
  assert.equal(
    await ask(path, "GET /containers/bug/json"),
    '500 {"message":"internal error: x is not a function"}',
  );
  assert.equal(await ask(path, "POST /containers/web/start"), "304 ");
  assert.equal(await ask(path, "GET /nowhere"), '404 {"message":"page not found"}');
  assert.match(await ask(path, "GET /v1.12/info"), /^400 .*client version 1.12 is too old/);
  assert.match(await ask(path, "GET /v1.99/info"), /^400 .*client version 1.99 is too new/);
  assert.match(await ask(path, "GET /swarm"), /^503 .*This node is not a swarm manager/);
  assert.match(await ask(path, "POST /session"), /^501 .*BuildKit sessions is not implemented/);
  assert.equal(
    await ask(path, 'GET /containers/json?filters={"nonsense":["x"]}'),
    '400 {"message":"invalid filter \'nonsense\'"}',
  );
  assert.match(await ask(path, "POST /containers/create", "{"), /^400 .*invalid JSON in the request body/);
});

test("a body of another media type is refused", async (t) => {
  const path = await serve(t, {});
  const head = "POST /containers/create HTTP/1.1\nHost: x\nConnection: close\nContent-Length: 2\n";
  assert.match(await raw(path, `${head}\n{}`), /malformed Content-Type header/);
  assert.match(await raw(path, `${head}Content-Type: text/plain\n\n{}`), /unsupported Content-Type header/);
});

test("wait answers its head before there is a result", async (t) => {
  const exit = Promise.withResolvers<{ StatusCode: number }>();
  const path = await serve(t, { containers: { wait: async () => ({ exit: exit.promise }) } });
  const socket = connect({ path });
  socket.write("POST /containers/a/wait HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const [head] = await new Promise<[Buffer]>((resolve) => socket.once("data", (data) => resolve([data])));
  assert.match(head.toString(), /^HTTP\/1.1 200 OK/);
  exit.resolve({ StatusCode: 7 });
  assert.match(await text(socket), /"StatusCode":7/);
});

test("a stream that fails tells so: before its first line by status, later by a line", async (t) => {
  async function* pull(reference: string) {
    if (reference === "bad") throw new EngineError("invalid-argument", "invalid reference");
    yield { status: "Pulling" };
    throw new EngineError("unavailable", "the registry is gone");
  }
  const path = await serve(t, { images: { pull: (request) => pull(request.reference) } });
  const client = createEngineClient(unixAddress(path));
  assert.match(await ask(path, "POST /images/create?fromImage=bad"), /^400 .*invalid reference/);
  const seen: unknown[] = [];
  await assert.rejects(async () => {
    for await (const line of client.images.pull("busybox", {}, signal)) seen.push(line);
  }, new ApiError(500, "the registry is gone"));
  assert.deepEqual(seen, [{ status: "Pulling" }]);
});

/** Echoes stdin as stdout until it ends, then says "end" on stderr. */
function echoSession(tty: boolean): AttachSession & { readonly detached: () => boolean } {
  const stdin = new PassThrough();
  let detached = false;
  async function* output() {
    for await (const data of stdin) yield { stream: 1 as const, data: data as Buffer, timestamp: "" };
    yield { stream: 2 as const, data: Buffer.from("end"), timestamp: "" };
  }
  const detach = async () => {
    detached = true;
    stdin.end();
  };
  return { tty, stdin, output: output(), detach, detached: () => detached };
}

test("an attached connection carries both ways, and a half-close ends only the input", async (t) => {
  const path = await serve(t, { containers: { attach: async () => echoSession(false) } });
  const client = createEngineClient(unixAddress(path));
  const stream = await client.containers.attach("a", { stdin: true, stdout: true, stream: true }, signal);
  assert.equal(stream.tty, false);
  stream.socket.end("hello");
  const frames: string[] = [];
  for await (const { stream: from, data } of stream.frames) frames.push(`${from}:${data}`);
  assert.deepEqual(frames, ["1:hello", "2:end"]);
});

test("a request that is upgraded may have a body, and input may follow it at once", async (t) => {
  const session = echoSession(true);
  const path = await serve(t, {
    execs: {
      inspect: async () => ({ DetachKeys: "" }) as Awaited<ReturnType<Backend["execs"]["inspect"]>>,
      start: async (_id, options) => (options.tty ? session : undefined),
    },
  });
  const body = '{"Tty":true}';
  const answer = await raw(
    path,
    "POST /exec/1/start HTTP/1.1\nHost: x\nConnection: Upgrade\nUpgrade: tcp\n" +
      `Content-Type: application/json\nContent-Length: ${body.length}\n\n${body}typed`,
  );
  assert.match(answer, /^HTTP\/1.1 101 UPGRADED\n/);
  assert.match(answer, /^Content-Type: application\/vnd.docker.raw-stream$/m);
  assert.match(answer, /\n\ntypedend$/);
});

test("a client without upgrade gets 200 and the bare stream", async (t) => {
  const path = await serve(t, { containers: { attach: async () => echoSession(false) } });
  const answer = await raw(
    path,
    "POST /v1.41/containers/a/attach HTTP/1.1\nHost: x\nContent-Length: 2\n\nhi",
  );
  assert.match(answer, /^HTTP\/1.1 200 OK\n/);
  assert.match(answer, /^Content-Type: application\/vnd.docker.raw-stream$/m);
  assert.doesNotMatch(answer, /chunked/);
  assert.match(answer, /hi.*end$/s);
});

test("a failure on an upgrading request is an ordinary answer", async (t) => {
  const attach = () => Promise.reject(new EngineError("not-found", "No such container: a"));
  const path = await serve(t, { containers: { attach } });
  const client = createEngineClient(unixAddress(path));
  await assert.rejects(client.containers.attach("a", {}, signal), new ApiError(404, "No such container: a"));
});

test("the detach keys leave", async (t) => {
  const session = echoSession(true);
  const path = await serve(t, { containers: { attach: async () => session } });
  const client = createEngineClient(unixAddress(path));
  const stream = await client.containers.attach("a", { stdin: true, stdout: true, stream: true }, signal);
  stream.socket.write("x\x10\x11");
  let seen = "";
  for await (const { data } of stream.frames) seen += data.toString();
  assert.equal(seen, "xend");
  assert.ok(session.detached());
});

test("a client that goes away ends what was done for it", async (t) => {
  const ended = Promise.withResolvers<void>();
  async function* subscribe(_options: unknown, gone: AbortSignal) {
    const aborted = Promise.withResolvers<void>();
    gone.addEventListener("abort", () => aborted.resolve());
    await aborted.promise;
    ended.resolve();
  }
  const path = await serve(t, { events: { subscribe } });
  const socket = connect({ path });
  socket.write("GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
  await new Promise((resolve) => socket.once("data", resolve));
  socket.destroy();
  await ended.promise;
});

test("a socket nobody answers on is replaced; one that is answered or is a file is not", async (t) => {
  const path = await serve(t, {});
  assert.equal((await stat(path)).mode & 0o777, 0o660);
  const other = createApiServer({
    routes,
    backend: {} as Backend,
    log: jsonLogger(() => {}),
    product: "test",
    engineSignal: signal,
  });
  await assert.rejects(listenOnSocket(other, path), /another engine listens there/);
  await writeFile(`${path}.file`, "");
  await assert.rejects(listenOnSocket(other, `${path}.file`), /is not a socket/);
  await assert.rejects(
    createEngineClient(unixAddress(`${path}.none`)).system.ping(signal),
    (error) =>
      error instanceof ConnectionError && /cannot reach the engine at unix:.*ENOENT/.test(error.message),
  );
});
