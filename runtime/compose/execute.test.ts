import assert from "node:assert/strict";
import { test } from "node:test";
import { loadTexts } from "../model/compose/load.testing.ts";
import { down } from "./down.ts";
import { type Behaviour, FakeEngine } from "./fake-engine.testing.ts";
import { label } from "./labels.ts";
import { type ComposeSession, chooseServices } from "./session.ts";
import { type UpRequest, up } from "./up.ts";

const UP: UpRequest = {
  images: { build: false },
  containers: {
    recreate: "diverged",
    removeOrphans: false,
    renewAnonymousVolumes: false,
    start: true,
    scale: new Map(),
  },
};

interface Shop {
  readonly engine: FakeEngine;
  readonly session: ComposeSession;
  readonly warnings: string[];
}

function shop(text: string, images: Readonly<Record<string, Behaviour>> | FakeEngine): Shop {
  const engine = images instanceof FakeEngine ? images : new FakeEngine(images);
  const { project, problems } = loadTexts({ "compose.yaml": text });
  assert.deepEqual(
    problems.filter(({ severity }) => severity === "error"),
    [],
  );
  const warnings: string[] = [];
  const output = {
    onStep: () => {},
    onProgress: () => {},
    onWarning: (line: string) => void warnings.push(line),
  };
  return {
    engine,
    warnings,
    session: { client: engine.client(), project, environment: {}, output, parallel: 16 },
  };
}

async function bringUp(
  { session }: Shop,
  request: UpRequest = UP,
  names: readonly string[] = [],
): Promise<void> {
  await up(session, chooseServices(session, names, true), request, AbortSignal.timeout(5000));
}

const SHOP = `
services:
  web:
    image: nginx
    depends_on: {db: {condition: service_healthy}, migrate: {condition: service_completed_successfully}}
  migrate: {image: tool, depends_on: [db]}
  db: {image: mysql, volumes: ['data:/d'], healthcheck: {test: "true"}}
volumes: {data: }
`;

test("up waits for health and completion by events, down takes everything away, volumes only when asked", async () => {
  const given = shop(SHOP, { nginx: {}, tool: { exitCode: 0 }, mysql: { health: "healthy" } });
  await bringUp(given);
  const { engine, session } = given;
  const order = (entry: string): number => engine.journal.indexOf(entry);
  assert.ok(order("start shop-db-1") < order("start shop-migrate-1"));
  assert.ok(order("healthy shop-db-1") < order("start shop-web-1") && order("healthy shop-db-1") > 0);
  assert.ok(order("exit shop-migrate-1 0") < order("start shop-web-1") && order("exit shop-migrate-1 0") > 0);
  assert.deepEqual(engine.states(), ["shop-db-1 running", "shop-migrate-1 exited", "shop-web-1 running"]);
  const options = { volumes: false, removeOrphans: false };
  await down(session, options, AbortSignal.timeout(5000));
  assert.deepEqual(
    [engine.containers.size, engine.networks.size, [...engine.volumes.keys()]],
    [0, 0, ["shop_data"]],
  );
  assert.ok(order("stop shop-web-1") < order("stop shop-db-1"));
  await down(session, { ...options, volumes: true }, AbortSignal.timeout(5000));
  assert.equal(engine.volumes.size, 0);
});

test("a dependency that fails is told with its reason and its last words", async () => {
  const unhealthy = shop(SHOP, {
    nginx: {},
    tool: { exitCode: 0 },
    mysql: { health: "unhealthy", output: "disk is full\n" },
  });
  await assert.rejects(bringUp(unhealthy), {
    name: "ComposeError",
    message:
      'cannot start service "web", which depends on "db": container shop-db-1 is unhealthy: its check exited 1: no answer; its last output:\n  disk is full',
  });
  const failed = shop(SHOP, { nginx: {}, tool: { exitCode: 3 }, mysql: { health: "healthy" } });
  await assert.rejects(bringUp(failed), {
    message:
      'cannot start service "web", which depends on "migrate": container shop-migrate-1 exited with code 3; it printed nothing',
  });
  assert.equal(failed.engine.find("shop-web-1").status, "created");
});

test("a dependency that is not required only warns", async () => {
  const text =
    "services:\n  web: {image: nginx, depends_on: {job: {condition: service_completed_successfully, required: false}}}\n  job: {image: tool}\n";
  const given = shop(text, { nginx: {}, tool: { exitCode: 1 } });
  await bringUp(given);
  assert.equal(given.engine.find("shop-web-1").status, "running");
  assert.match(
    given.warnings.join(),
    /service "web" starts without "job", which is not required: .* exited with code 1/,
  );
});

test("a second up does nothing, a changed file recreates under the same name and leaves no other behind", async () => {
  const first = shop("services: {web: {image: nginx}}", { nginx: {} });
  await bringUp(first);
  const { length } = first.engine.journal;
  await bringUp(first);
  assert.deepEqual(first.engine.journal.slice(length), []);
  const changed = shop("services: {web: {image: nginx, environment: {A: 1}}}", first.engine);
  await bringUp(changed);
  const temporary = "000000000000_shop-web-1";
  assert.deepEqual(first.engine.journal.slice(length), [
    `create ${temporary}`,
    "stop shop-web-1",
    "remove shop-web-1",
    `rename ${temporary} to shop-web-1`,
    "start shop-web-1",
  ]);
  assert.deepEqual(first.engine.states(), ["shop-web-1 running"]);
});

test("the engine's refusal is told together with what was being done", async () => {
  const given = shop("services: {web: {image: nginx}}", {
    nginx: { startError: "port 80 is already allocated" },
  });
  await assert.rejects(bringUp(given), {
    message: "cannot start container shop-web-1: port 80 is already allocated",
  });
  const unknown = shop("services: {web: {image: nowhere}}", {});
  await assert.rejects(bringUp(unknown), {
    message: "cannot pull image nowhere: manifest for nowhere:latest not found",
  });
  assert.deepEqual([unknown.engine.containers.size, unknown.engine.networks.size], [0, 0]);
});

test("when one step fails, changes under way beside it are finished: nothing is left half done", async () => {
  const first = shop("services: {a: {image: nginx}, b: {image: nginx}}", { nginx: {} });
  await bringUp(first);
  first.engine.images.set("bad", { createError: "no such runtime" });
  const changed = shop("services: {a: {image: nginx, environment: {A: 1}}, b: {image: bad}}", first.engine);
  await assert.rejects(bringUp(changed), { message: "cannot recreate container shop-b-1: no such runtime" });
  assert.deepEqual(first.engine.states(), ["shop-a-1 created", "shop-b-1 running"]);
});

test("missing images are pulled once", async () => {
  const given = shop("services: {a: {image: fresh}, b: {image: fresh}}", {});
  await bringUp(given);
  assert.deepEqual(
    given.engine.journal.filter((entry) => entry.startsWith("pull")),
    ["pull fresh:latest"],
  );
});

test("Docker Compose's labels, and several networks by connect", async () => {
  const text =
    "services: {web: {image: nginx, networks: {a: {aliases: [shop]}, b: {priority: 9}}}}\nnetworks: {a: , b: }\n";
  const given = shop(text, { nginx: {} });
  await bringUp(given);
  const container = given.engine.find("shop-web-1");
  assert.deepEqual([...container.networks.keys()], ["shop_b", "shop_a"]);
  assert.deepEqual(container.networks.get("shop_a")?.Aliases, ["shop-web-1", "web", "shop"]);
  assert.equal(container.request.HostConfig?.NetworkMode, "shop_b");
  const labels = container.request.Labels ?? {};
  assert.deepEqual(
    [
      labels[label.project],
      labels[label.service],
      labels[label.number],
      labels[label.oneOff],
      labels[label.configFiles],
    ],
    ["shop", "web", "1", "False", "/shop/compose.yaml"],
  );
  assert.equal(given.engine.networks.get("shop_a")?.Labels?.[label.network], "a");
});

test("what cannot be carried out is refused by name before anything is done", async () => {
  const refused = shop("services: {web: {image: nginx, gpus: all}}", { nginx: {} });
  await assert.rejects(bringUp(refused), { message: "services.web.gpus is not supported yet" });
  assert.deepEqual(refused.engine.journal, []);
  const warned = shop("services: {web: {image: nginx, develop: {watch: []}}}", { nginx: {} });
  await bringUp(warned);
  assert.deepEqual(warned.warnings, ["services.web.develop is not supported yet: it has no effect"]);
  await assert.rejects(bringUp(warned, UP, ["nobody"]), { message: 'no such service: "nobody"' });
});

test("what an old engine would pass over in silence is told, or refused where it matters", async () => {
  const text = "services: {web: {image: nginx, annotations: {a: b}, healthcheck: {start_interval: 1s}}}";
  const given = shop(text, { nginx: {} });
  given.engine.apiVersion = "1.41";
  await bringUp(given);
  assert.deepEqual(given.warnings, [
    "services.web.healthcheck.start_interval needs an engine with API 1.44; this one has 1.41: it has no effect",
    "services.web.annotations needs an engine with API 1.43; this one has 1.41: it has no effect",
  ]);
  const vital =
    "services: {web: {image: nginx, volumes: [{type: volume, source: v, target: /v, volume: {subpath: a}}]}}\nvolumes: {v: }";
  const refused = shop(vital, { nginx: {} });
  refused.engine.apiVersion = "1.41";
  await assert.rejects(bringUp(refused), {
    message: "services.web.volumes.subpath needs an engine with API 1.45; this one has 1.41",
  });
});

test("an abort ends the waiting", async () => {
  const given = shop(SHOP, { nginx: {}, tool: { exitCode: 0 }, mysql: { health: "starting" } });
  const controller = new AbortController();
  const onStep: ComposeSession["output"]["onStep"] = ({ step, phase }) => {
    const isWaiting = step.operation.op === "await-condition" && phase === "started";
    if (isWaiting) setImmediate(() => controller.abort(new Error("interrupted")));
  };
  const session = { ...given.session, output: { ...given.session.output, onStep } };
  const waiting = up(session, chooseServices(session, [], true), UP, controller.signal);
  await assert.rejects(waiting, { message: "interrupted" });
});
