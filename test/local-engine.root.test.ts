import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { promisify } from "node:util";
import type { ConnectionState } from "../client/connections/connection.ts";
import { EngineConnection } from "../client/connections/engine-connection.ts";
import { openLocalEngine } from "../client/connections/local.ts";
import { clearLeftovers } from "./harness/engine-leftovers.ts";

// The bundled engine as the extension runs it; needs root and dist/berth.cjs.

const project = path.dirname(import.meta.dirname);
const signal = AbortSignal.timeout(120_000);
const isConnected = (state: ConnectionState) => state.kind === "connected";

let folder: string;
let socket: string;
let root: string;
let log: string[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "berth-local-"));
  socket = path.join(folder, "run/engine.sock");
  root = path.join(folder, "root");
  log = [];
});

afterEach(async () => {
  await clearLeftovers(root);
  await rm(folder, { recursive: true, force: true });
});

function connection(bundle = path.join(project, "dist/berth.cjs")): EngineConnection {
  const readOptions = () => ({
    bundle,
    nodes: [undefined, "/no/such/node", process.execPath],
    root,
    socket,
    registryMirrors: [],
    insecureRegistries: [],
    log: (line: string) => log.push(line),
  });
  const open = openLocalEngine(readOptions);
  return new EngineConnection({ id: "local", label: "local", kind: "local", open, log: () => {} });
}

/** Process ids of engines that were started for this test's root. */
async function engines(): Promise<number[]> {
  const { stdout } = await promisify(execFile)("ps", ["-eo", "pid=,args="]);
  return stdout.split("\n").flatMap((line) => {
    const [, pid, args = ""] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
    return args.includes(`engine --root ${root} `) ? [Number(pid)] : [];
  });
}

test("starts the engine, takes it again after kill -9, and ends it", async () => {
  await using engine = connection();
  await engine.start(signal);
  const [first] = await engines();
  assert.ok(first !== undefined && (await engines()).length === 1);

  const lost = engine.state.until((state) => state.kind === "starting", signal);
  process.kill(first, "SIGKILL");
  await lost;
  await engine.state.until(isConnected, signal);
  const [second] = await engines();
  assert.notEqual(second, first);
  assert.ok((await engine.client.networks.list({}, signal)).length > 0);

  await engine.stop();
  assert.deepEqual(await engines(), []);
  await engine.start(signal);
  assert.ok(isConnected(engine.state.value));
});

test("a second window attaches to the running engine and takes over when it goes", async () => {
  await using mine = connection();
  await using other = connection();
  await mine.start(signal);
  await other.start(signal);
  assert.equal((await engines()).length, 1);
  assert.ok(log.some((line) => line.startsWith("attached to the engine")));
  const lost = other.state.until((state) => state.kind === "starting", signal);
  await mine.stop();
  await lost;
  await other.state.until(isConnected, signal);
  assert.equal((await engines()).length, 1);
});

test("an engine that cannot start says why, in its own words", async () => {
  await using missing = connection(path.join(folder, "none.cjs"));
  await assert.rejects(missing.start(signal), /none\.cjs does not exist/);
  root = path.join(folder, "file/root");
  await writeFile(path.join(folder, "file"), "");
  await using engine = connection();
  await assert.rejects(
    engine.start(signal),
    /the engine ended \(exit code \d+\): .*file\/root.* is not a folder/s,
  );
  assert.equal(engine.state.value.kind, "failed");
  root = path.join(folder, "root");
});
