import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { promisify } from "node:util";
import { unixAddress } from "../runtime/api/address.ts";
import { createEngineClient } from "../runtime/api/client.ts";
import { label } from "../runtime/compose/labels.ts";
import { startDockerd } from "./harness/dockerd.ts";
import { startFixtureRegistry } from "./harness/fixture-registry.ts";
import { freePort } from "./harness/free-port.ts";

const execute = promisify(execFile);
const program = join(import.meta.dirname, "..", "runtime", "main.ts");
const app = join(import.meta.dirname, "fixtures", "compose-app");
const images = ["nginx:latest", "mysql:5.7", "python:3"];
const name = "shop";

/** An engine that Compose drives: ours, or Docker. */
interface Peer extends AsyncDisposable {
  readonly socket: string;
  /** Put before a command that should see its published ports. */
  readonly enter: readonly string[];
}

async function startBerth(): Promise<Peer> {
  const directory = await mkdtemp(join(tmpdir(), "berth-compose-"));
  const registry = await startFixtureRegistry(images);
  const socket = join(directory, "berth.sock");
  const options = ["--root", join(directory, "root"), "--socket", socket, "--registry-mirror", registry.url];
  const child = spawn(process.execPath, [program, "engine", ...options], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const exit = new Promise((resolve) => child.once("exit", resolve));
  const dispose = async (): Promise<void> => {
    child.kill("SIGTERM");
    await exit;
    await registry[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await lineOf(child, "listening on");
    return { socket, enter: [], [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Resolves when the process prints a line with the text; fails when it ends before. */
async function lineOf(child: ChildProcess, text: string): Promise<void> {
  if (child.stdout === null) throw new Error("the process has no standard output");
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.includes(text)) return;
  }
  throw new Error(`the process ended without printing "${text}"`);
}

interface Shop extends AsyncDisposable {
  /** `berth compose ARGS…`: exit code and output. */
  readonly compose: (
    ...args: readonly string[]
  ) => Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>;
  /** Returns when the app of the present container says that it listens. */
  readonly appListens: () => Promise<void>;
  readonly http: (service: "web" | "app", body?: string) => Promise<string>;
  /** Names of everything of the project that is on the engine. */
  readonly leftovers: () => Promise<readonly string[]>;
}

async function openShop(peer: Peer): Promise<Shop> {
  const ports = { web: await freePort(), db: await freePort(), app: await freePort() };
  const env = {
    ...process.env,
    DOCKER_HOST: `unix://${peer.socket}`,
    WEB_PORT: `${ports.web}`,
    DB_PORT: `${ports.db}`,
    APP_PORT: `${ports.app}`,
  };
  const argv = (args: readonly string[]): string[] => [
    program,
    "compose",
    "--project-directory",
    app,
    "-p",
    name,
    ...args,
  ];
  const compose: Shop["compose"] = async (...args) => {
    try {
      return { code: 0, ...(await execute(process.execPath, argv(args), { env, cwd: app })) };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { code, stdout, stderr };
    }
  };
  const appListens = async (): Promise<void> => {
    const child = spawn(process.execPath, argv(["logs", "-f", "mypyapp"]), {
      env,
      cwd: app,
      stdio: ["ignore", "pipe", "ignore"],
    });
    const exit = new Promise((resolve) => child.once("exit", resolve));
    try {
      await lineOf(child, "listening on 3000");
    } finally {
      child.kill("SIGINT");
      await exit;
    }
  };
  const http: Shop["http"] = async (service, body) => {
    const data = body === undefined ? [] : ["--data", body];
    const url = `http://127.0.0.1:${ports[service]}/`;
    const [command = "", ...rest] = [
      ...peer.enter,
      "curl",
      "--silent",
      "--show-error",
      "--fail",
      "--max-time",
      "20",
      ...data,
      url,
    ];
    return (await execute(command, rest)).stdout.trim();
  };
  const leftovers = async (): Promise<readonly string[]> => {
    const client = createEngineClient(unixAddress(peer.socket));
    const filters = { label: [`${label.project}=${name}`] };
    const signal = AbortSignal.timeout(20_000);
    const containers = await client.containers.list({ all: true, filters }, signal);
    const networks = await client.networks.list(filters, signal);
    const volumes = await client.volumes.list(filters, signal);
    return [
      ...containers.flatMap((each) => each.Names),
      ...[...networks, ...volumes].map((each) => each.Name),
    ];
  };
  return {
    compose,
    appListens,
    http,
    leftovers,
    [Symbol.asyncDispose]: async () => void (await compose("down", "-v", "-t", "1")),
  };
}

async function session(peer: Peer): Promise<void> {
  await using shop = await openShop(peer);
  const { compose, http, appListens, leftovers } = shop;
  const succeed = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await compose(...args);
    assert.equal(code, 0, `compose ${args.join(" ")}:\n${stderr}`);
    return stdout;
  };

  assert.match(
    await succeed("up", "-d", "--dry-run"),
    /^build image shop-mypyapp {2}\(the image does not exist\)$/m,
  );
  await succeed("up", "-d");
  await appListens();
  const rows = JSON.parse(await succeed("ps", "-a", "--format", "json")) as readonly {
    service: string;
    name: string;
    state: string;
    status: string;
  }[];
  assert.deepEqual(
    rows.map(({ service, name: container, state }) => [service, container, state]),
    [
      ["db", "shop-db-1", "running"],
      ["mypyapp", "my-py-app", "running"],
      ["web", "shop-web-1", "running"],
    ],
  );
  assert.match(rows[0]?.status ?? "", /healthy/);
  assert.match(await http("web"), /Served from \.\/html/);
  assert.equal(await http("app"), "[]");
  assert.equal(await http("app", "Ada"), '"Ada"');
  assert.equal(await http("app"), '["Ada"]');
  assert.equal(await succeed("up", "-d", "--dry-run"), "nothing to do\n");
  assert.match(await succeed("logs", "--tail", "1", "mypyapp"), /^my-py-app {2}\| .*GET/m);

  const oneOff = await compose(
    "run",
    "--rm",
    "mypyapp",
    "sh",
    "-c",
    "cat /my_app/my_app.py | head -c 3; exit 7",
  );
  assert.deepEqual([oneOff.code, oneOff.stdout], [7, '"""']);
  await succeed("run", "-d", "--name", "shop-extra", "web");
  assert.match(await succeed("ps"), /^shop-extra .*nginx/m);

  await succeed("down", "-t", "2");
  assert.deepEqual(await leftovers(), ["shop_db_data"]);
  await succeed("up", "-d");
  await appListens();
  assert.equal(await http("app"), '["Ada"]', "data outlive down and up");

  await succeed("down", "-v", "-t", "2");
  assert.deepEqual(await leftovers(), []);
  await succeed("up", "-d");
  await appListens();
  assert.equal(await http("app"), "[]", "down -v takes the data");

  const wrong = await compose("-f", "nowhere.yml", "up", "-d");
  assert.deepEqual(
    [wrong.code, wrong.stderr],
    [1, `cannot read the Compose file ${join(app, "nowhere.yml")}: no such file\n`],
  );
}

test("the seed's Compose project on Berth", { timeout: 180_000 }, async () => {
  await using peer = await startBerth();
  await session(peer);
});

test("the same project, unchanged, on Debian's Docker", { timeout: 180_000 }, async () => {
  await using peer = await startDockerd(images);
  await session(peer);
});
