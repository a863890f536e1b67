import assert from "node:assert/strict";
import { Agent, request } from "node:http";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { routes } from "../runtime/engine/http/routes.ts";
import { startEngine, type TestEngine } from "./harness/engine.ts";
import { startFixtureRegistry } from "./harness/fixture-registry.ts";
import type { TestRegistry } from "./harness/registry.ts";

// Every path parameter and every JSON body gets what an attacker or a broken client sends: an error and nothing else.

let registry: TestRegistry;
let engine: TestEngine;

before(async () => {
  registry = await startFixtureRegistry(["busybox:latest"]);
  engine = await startEngine({ mirrors: [registry.url] });
  await engine.dockerOk(["pull", "busybox"]);
});

after(async () => {
  agent.destroy();
  await engine?.[Symbol.asyncDispose]();
  await registry?.[Symbol.asyncDispose]();
});

/** Connections that stay open: an answer before the end of the body is read, not lost. */
const agent = new Agent({ keepAlive: true });

interface Said {
  readonly status: number;
  readonly body: string;
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
}

/** One request; an answer that does not end within `limitMs` is an error. */
async function ask({ method, path, body }: Asked, limitMs = 20_000): Promise<Said> {
  return await new Promise((resolve, reject) => {
    const sent = request({
      socketPath: engine.socket,
      method,
      path,
      agent,
      signal: AbortSignal.timeout(limitMs),
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
    });
    sent.on("response", (answer) => {
      text(answer).then((said) => resolve({ status: answer.statusCode ?? 0, body: said }), reject);
    });
    sent.on("error", (error) =>
      reject(
        new Error(`${method} ${path.slice(0, 200)} ${body?.slice(0, 60)}: ${error.message}`, {
          cause: error,
        }),
      ),
    );
    sent.end(body);
  });
}

/** What the engine holds and which process it is: no request of this file may change either. */
async function state(): Promise<unknown> {
  const read = async (path: string) => JSON.parse((await ask({ method: "GET", path })).body);
  const ids = async (path: string) => (await read(path)).map(({ Id }: { Id: string }) => Id).sort();
  return {
    containers: await ids("/containers/json?all=1"),
    images: await ids("/images/json?all=1"),
    networks: await ids("/networks"),
    volumes: (await read("/volumes")).Volumes,
    leftovers: await engine.leftovers(),
  };
}

function assertRefused({ status, body }: Said, asked: string): void {
  assert.ok(
    (status >= 400 && status < 500) || status === 501 || status === 503,
    `${asked.slice(0, 300)} → ${status} ${body.slice(0, 300)}`,
  );
  assert.ok(body.length < 5000, `${asked.slice(0, 300)}: an answer of ${body.length} bytes`);
  assert.doesNotMatch(body, /\bat .*\.ts:\d+|node:internal|TypeError|RangeError/, asked.slice(0, 300));
}

const names = [
  "..",
  ".",
  "%2e%2e",
  "..%2f..%2f..%2fetc%2fpasswd",
  "%2fetc%2fpasswd",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "--help",
  "-rf",
  "%00",
  "a%00b",
  "%0a",
  "%ff%fe",
  "%",
  "%zz",
  "%20",
  "*",
  "$(reboot)",
  "a;b",
  "%F0%9F%90%B3",
  "sha256:",
  "sha256:..%2f..%2fetc",
  `sha256:${"0".repeat(64)}`,
  "0".repeat(64),
  "n".repeat(8000),
];

/** Of routes that need a query before they look at the name. */
const queries: Readonly<Record<string, string>> = {
  "/containers/{id}/archive": "?path=/etc",
  "/containers/{id}/rename": "?name=other",
  "/containers/{id}/resize": "?h=1&w=1",
  "/exec/{id}/resize": "?h=1&w=1",
  "/containers/{id}/logs": "?stdout=1",
  "/containers/{id}/attach": "?stream=1&stdout=1",
  "/images/{name...}/tag": "?repo=other",
};

test("no name of a path leads anywhere but to an error", async () => {
  const before = await state();
  for (const { method, path } of routes.filter(({ path }) => path.includes("{"))) {
    for (const name of names) {
      const target = path.replace(/\{[^}]+\}/g, name) + (queries[path] ?? "");
      const body = method === "POST" ? { body: "{}" } : {};
      const said = await ask({ method, path: target, ...body });
      if (method === "HEAD") assert.ok(said.status >= 400, target);
      else assertRefused(said, `${method} ${target}`);
    }
  }
  assert.deepEqual(await state(), before);
});

const deep = (open: string, close: string, levels: number) => open.repeat(levels) + close.repeat(levels);

/** Bodies that are JSON, and none of them what any route wants. */
const wrongBodies = [
  "[]",
  '"text"',
  "7",
  "[[[]]]",
  deep("[", "]", 100_000),
  `{"Name":${deep('{"a":', "}", 50_000).replace('{"a":}', '{"a":1}')},"Image":{},"Cmd":{},"Container":{}}`,
  `{"Image":${deep("[", "]", 20_000)},"Name":${deep("[", "]", 20_000)},"Cmd":${deep("[", "]", 20_000)}}`,
  "{",
  "\u0000",
  "NaN",
];

test("bodies that are not what a route wants are refused", async () => {
  const before = await state();
  const bodies = routes.filter(
    ({ method, path }) =>
      method === "POST" && /\/(create|connect|disconnect|update|exec|start)$|^\/(auth|commit)$/.test(path),
  );
  for (const { method, path } of bodies) {
    for (const body of wrongBodies) {
      const said = await ask({ method, path: path.replace(/\{[^}]+\}/g, "nobody"), body });
      assertRefused(said, `${method} ${path} ${body}`);
    }
  }
  assert.deepEqual(await state(), before);
});

/** Values that no field of the request to make a container takes, whatever its type. */
const oddities: readonly unknown[] = [
  true,
  -1,
  1e308,
  2 ** 53,
  "../../../etc",
  "\0",
  "--help",
  "x".repeat(100_000),
  [null],
  [[]],
  [{}],
  ["../..", "--help", "\0"],
  { __proto__: null, constructor: "a", "..": "b" },
  { a: { b: { c: [] } } },
];

const createFields =
  `Hostname Domainname User AttachStdin ExposedPorts Tty Env Cmd Healthcheck ArgsEscaped Image Volumes WorkingDir
  Entrypoint NetworkDisabled MacAddress OnBuild Labels StopSignal StopTimeout Shell HostConfig NetworkingConfig`.split(
    /\s+/,
  );
const hostFields =
  `CpuShares Memory CgroupParent BlkioWeight BlkioWeightDevice BlkioDeviceReadBps CpuPeriod CpuQuota CpusetCpus Devices
  DeviceCgroupRules DeviceRequests MemorySwap MemorySwappiness NanoCpus OomKillDisable Init PidsLimit Ulimits Binds
  ContainerIDFile LogConfig NetworkMode PortBindings RestartPolicy AutoRemove VolumeDriver VolumesFrom Mounts ConsoleSize
  Annotations CapAdd CapDrop CgroupnsMode Dns DnsOptions DnsSearch ExtraHosts GroupAdd IpcMode Cgroup Links OomScoreAdj
  PidMode Privileged PublishAllPorts ReadonlyRootfs SecurityOpt StorageOpt Tmpfs UTSMode UsernsMode ShmSize Sysctls Runtime
  Isolation MaskedPaths ReadonlyPaths`.split(/\s+/);

test("every field of a create with odd values: a container that can be removed, or an error", async () => {
  const before = await state();
  const requests = oddities.flatMap((value) => [
    ...createFields.map((field) => ({ Image: "busybox", Cmd: ["true"], [field]: value })),
    ...hostFields.map((field) => ({ Image: "busybox", Cmd: ["true"], HostConfig: { [field]: value } })),
  ]);
  for (const body of requests) {
    const sent = JSON.stringify(body);
    const said = await ask({ method: "POST", path: "/containers/create", body: sent });
    if (said.status !== 201) {
      assertRefused(said, sent);
      continue;
    }
    const { Id } = JSON.parse(said.body);
    const started = await ask({ method: "POST", path: `/containers/${Id}/start` }).catch((error: unknown) => {
      throw new Error(`starting ${sent.slice(0, 300)}`, { cause: error });
    });
    if (started.status !== 204) {
      assert.ok(started.status >= 400, sent.slice(0, 300));
      assert.doesNotMatch(started.body, /TypeError|RangeError|\.ts:\d+/, sent.slice(0, 300));
    }
    const removed = await ask({ method: "DELETE", path: `/containers/${Id}?force=1&v=1` });
    assert.equal(
      removed.status === 204 || removed.status === 404 || removed.status === 409,
      true,
      `${sent.slice(0, 300)} ${removed.body}`,
    );
  }
  await engine.dockerOk(["volume", "prune", "-af"]);
  assert.deepEqual(await state(), before);
});

test("references and names of 10 MB are refused", async () => {
  const before = await state();
  const long = "a".repeat(10 * 1024 * 1024);
  const create = (body: object) => ({
    method: "POST",
    path: "/containers/create",
    body: JSON.stringify(body),
  });
  for (const asked of [
    create({ Image: long }),
    create({ Image: "busybox", HostConfig: { Binds: [`${long}:/x`] } }),
    create({ Image: "busybox", HostConfig: { NetworkMode: long } }),
    { method: "POST", path: "/volumes/create", body: JSON.stringify({ Name: long }) },
    {
      method: "POST",
      path: "/networks/create",
      body: JSON.stringify({ Name: long, IPAM: { Config: [{ Subnet: long }] } }),
    },
    {
      method: "POST",
      path: "/auth",
      body: JSON.stringify({ serveraddress: long, username: "a", password: "b" }),
    },
  ]) {
    assertRefused(await ask(asked), asked.path);
  }
  // A head of that size is refused before anything reads it.
  await ask({ method: "POST", path: `/images/create?fromImage=${long}` }).then(
    ({ status }) => assert.equal(status, 431),
    (error: Error) => assert.match(error.message, /EPIPE|ECONNRESET/),
  );
  assert.deepEqual(await state(), before);
});
