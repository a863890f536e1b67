import assert from "node:assert/strict";
import { test } from "node:test";
import { loadTexts } from "./load.testing.ts";
import type { Project, Service } from "./types.ts";

function project(
  texts: Readonly<Record<string, string>>,
  options: Parameters<typeof loadTexts>[1] = {},
): Project {
  const load = loadTexts(texts, options);
  assert.deepEqual(
    load.problems.filter((problem) => problem.severity === "error").map((problem) => problem.message),
    [],
  );
  return load.project;
}

function service(keys: string, environment: Readonly<Record<string, string>> = {}): Service {
  const indented = keys.trim().replaceAll("\n", "\n    ");
  const text = `services:\n  web:\n    image: x\n    ${indented}\nvolumes: {data: }\nnetworks: {front: }\nsecrets: {s: {file: ./s}}\n`;
  return project(
    { "compose.yaml": text },
    { environment: { HOME: "/home/ada", ...environment } },
  ).services.get("web")!;
}

/** Without places and what is undefined. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, item) =>
      key === "place" ? undefined : item instanceof Map ? Object.fromEntries(item) : item,
    ),
  );
}

test("ports: every spelling", () => {
  const { ports } = service(
    'ports: ["80", 8080:80, 127.0.0.1:53:53/udp, "[::1]:90:90", 8000-8001:9000-9001, 3000-3005:3000, {target: 1, published: 2, protocol: udp}]',
  );
  assert.deepEqual(
    ports.map((port) => `${port.hostIp ?? ""}|${port.published ?? ""}|${port.target}/${port.protocol}`),
    [
      "||80/tcp",
      "|8080|80/tcp",
      "127.0.0.1|53|53/udp",
      "::1|90|90/tcp",
      "|8000|9000/tcp",
      "|8001|9001/tcp",
      "|3000-3005|3000/tcp",
      "|2|1/udp",
    ],
  );
});

test("volumes: paths are absolute, names and anonymous ones stay", () => {
  const { volumes } = service(
    "volumes: [./a:/a:ro, ../b:/b, ~/c:/c, data:/d/, /e, {type: tmpfs, target: /t, tmpfs: {size: 1m, mode: 0700}}]",
  );
  assert.deepEqual(
    volumes.map((mount) => [
      mount.type,
      "source" in mount ? mount.source : undefined,
      mount.target,
      mount.readOnly,
    ]),
    [
      ["bind", "/shop/a", "/a", true],
      ["bind", "/b", "/b", false],
      ["bind", "/home/ada/c", "/c", false],
      ["volume", "data", "/d", false],
      ["volume", undefined, "/e", false],
      ["tmpfs", undefined, "/t", false],
    ],
  );
  const tmpfs = volumes[5];
  assert.deepEqual(tmpfs?.type === "tmpfs" ? [tmpfs.sizeBytes, tmpfs.mode] : undefined, [1048576, 0o700]);
});

test("environment: lists, mappings, names without value", () => {
  const asList = service('environment: ["A=1", B, C=, "D=a=b"]', { B: "from outside" });
  assert.deepEqual(asList.environment, { A: "1", B: "from outside", C: "", D: "a=b" });
  const asMapping = service("environment: {A: 1, B: , T: true, F: 1.50, U: }", { B: "from outside" });
  assert.deepEqual(asMapping.environment, { A: "1", B: "from outside", T: "true", F: "1.5" });
});

test("env files: later ones win, environment wins over all, a missing one may be optional", () => {
  const text = `
services:
  web:
    image: x
    env_file: [a.env, {path: b.env, required: false}, {path: none.env, required: false}]
    environment: {Z: mine}
`;
  const documents = new Map([
    ["/shop/compose.yaml", text],
    ["/shop/a.env", "X=1\nY=a\nZ=a\n"],
    ["/shop/b.env", "Y=b $X\n"],
    ["/shop/none.env", undefined],
  ]);
  const web = project({ "compose.yaml": text }, { documents }).services.get("web");
  assert.deepEqual(web?.environment, { X: "1", Y: "b 1", Z: "mine" });
});

test("files that are needed are asked for, and a missing one is told where it is named", () => {
  const text = "services: {web: {image: x, env_file: a.env}}";
  assert.deepEqual(loadTexts({ "compose.yaml": text }).wanted, ["/shop/a.env"]);
  const documents = new Map([
    ["/shop/compose.yaml", text],
    ["/shop/a.env", undefined],
  ]);
  const [problem] = loadTexts({ "compose.yaml": text }, { documents }).problems;
  assert.equal(problem?.message, "cannot read /shop/a.env: no such file");
  assert.equal(text.slice(problem.range.start, problem.range.end), "a.env");
});

test("commands: split like a shell does, lists as they are, null is the image's own", () => {
  assert.deepEqual(service(`command: sh -c 'echo "a b"' x\\ y`).command, ["sh", "-c", 'echo "a b"', "x y"]);
  assert.deepEqual(service('command: [a, "b c"]').command, ["a", "b c"]);
  assert.equal(service("command: null").command, undefined);
  assert.deepEqual(service('entrypoint: ""').entrypoint, []);
});

test("health checks", () => {
  assert.deepEqual(
    plain(
      service("healthcheck: {test: curl x, interval: 1m30s, timeout: 500ms, retries: 3, start_period: 5s}")
        .healthcheck,
    ),
    {
      disable: false,
      test: ["CMD-SHELL", "curl x"],
      intervalMs: 90_000,
      timeoutMs: 500,
      retries: 3,
      startPeriodMs: 5000,
    },
  );
  assert.deepEqual(service("healthcheck: {disable: true}").healthcheck?.test, ["NONE"]);
});

test("limits, ulimits, restart, replicas from their several spellings", () => {
  const web = service(
    "mem_limit: 64m\ncpus: 0.5\nulimits: {nofile: 10, nproc: {soft: 1, hard: 2}}\nrestart: on-failure:3\nscale: 2\nshm_size: 1gb",
  );
  assert.deepEqual(plain(web.limits), { memoryBytes: 67108864, cpuNano: 5e8, shmSizeBytes: 1073741824 });
  assert.deepEqual(web.ulimits, [
    { name: "nofile", soft: 10, hard: 10 },
    { name: "nproc", soft: 1, hard: 2 },
  ]);
  assert.deepEqual(web.restart, { name: "on-failure", maximumRetryCount: 3 });
  assert.equal(web.replicas, 2);
  const deployed = service(
    "deploy: {replicas: 3, restart_policy: {condition: any}, resources: {limits: {memory: 1k, cpus: '2', pids: 5}}}",
  );
  assert.deepEqual(plain(deployed.limits), { memoryBytes: 1024, cpuNano: 2e9, pids: 5 });
  assert.deepEqual([deployed.replicas, deployed.restart?.name], [3, "always"]);
});

test("networks, dependencies, secrets, extra hosts in short and long form", () => {
  const web = service(
    "networks: [front, default]\nsecrets: [s, {source: s, target: /etc/s, mode: 0440}]\nextra_hosts: {a: 1.2.3.4, b: ['::1']}\ndns: 9.9.9.9",
  );
  assert.deepEqual([...web.networks.keys()], ["front", "default"]);
  assert.deepEqual(
    web.secrets.map(({ source, target, mode }) => [source, target, mode]),
    [
      ["s", "/run/secrets/s", undefined],
      ["s", "/etc/s", 0o440],
    ],
  );
  assert.deepEqual([web.extraHosts, web.dns], [["a:1.2.3.4", "b:::1"], ["9.9.9.9"]]);
  assert.deepEqual([...service("network_mode: host").networks.keys()], []);
});

test("what the model does not carry is named", () => {
  const web = service(
    "develop: {watch: []}\nprovider: {type: x}\nx-mine: 1\ndeploy: {placement: {constraints: []}}",
  );
  assert.deepEqual(
    web.unmodelled.map((key) => key.path),
    ["deploy.placement", "develop", "provider"],
  );
});

test("anchors and merge keys", () => {
  const text =
    "x-base: &base {image: x, tty: true, environment: &env {A: 1}}\nservices:\n  a: {<<: *base, tty: false}\n  b: {<<: [*base], environment: {<<: *env, B: 2}}\n";
  const { services } = project({ "compose.yaml": text });
  assert.deepEqual([services.get("a")?.tty, services.get("a")?.environment], [false, { A: "1" }]);
  assert.deepEqual([services.get("b")?.tty, services.get("b")?.environment], [true, { A: "1", B: "2" }]);
});

test("override files: mappings merge, lists append, commands and single values are replaced, tags act", () => {
  const base = `
services:
  web:
    image: x
    command: [a, b]
    ports: ["80:80", "81:81"]
    volumes: ["./a:/a", "./b:/b"]
    environment: {A: 1, B: 1}
    dns: 1.1.1.1
    labels: [k=v]
    expose: [1]
`;
  const override = `
services:
  web:
    command: [c]
    ports: ["80:80", "82:82"]
    volumes: ["./c:/a"]
    environment: [B=2, C=3]
    dns: [2.2.2.2]
    labels: !reset null
    expose: !override [2]
`;
  const web = project({ "compose.yaml": base, "compose.override.yaml": override }).services.get("web")!;
  assert.deepEqual(web.command, ["c"]);
  assert.deepEqual(
    web.ports.map((port) => port.published),
    ["80", "81", "82"],
  );
  assert.deepEqual(
    web.volumes.map((mount) => ("source" in mount ? `${mount.source}:${mount.target}` : "")),
    ["/shop/c:/a", "/shop/b:/b"],
  );
  assert.deepEqual(web.environment, { A: "1", B: "2", C: "3" });
  assert.deepEqual([web.dns, web.labels, web.expose], [["1.1.1.1", "2.2.2.2"], {}, ["2/tcp"]]);
});

test("extends: in the file and in another, whose paths are its own", () => {
  const main =
    "services:\n  web: {extends: {file: base/common.yaml, service: app}, environment: {B: 2}}\n  worker: {extends: web, command: work}\n";
  const common = "services:\n  app: {build: ., environment: {A: 1, B: 1}, volumes: ['./x:/x']}\n";
  const documents = new Map([
    ["/shop/compose.yaml", main],
    ["/shop/base/common.yaml", common],
  ]);
  const { services } = project({ "compose.yaml": main }, { documents });
  const worker = services.get("worker")!;
  assert.deepEqual(
    [worker.build?.context, worker.environment, worker.command],
    ["/shop/base", { A: "1", B: "2" }, ["work"]],
  );
  const circle = loadTexts({ "compose.yaml": "services:\n  a: {extends: b}\n  b: {extends: a}\n" }).problems;
  assert.ok(
    circle.some((problem) => problem.message === "services extend each other in a circle: a → b → a"),
  );
});

test("include: another project's services with its own directory and .env; conflicts and circles are told", () => {
  const main = "include: [db/compose.yaml]\nservices: {web: {image: x, depends_on: [db]}}\n";
  const db = "services: {db: {image: 'mysql:${TAG}', volumes: ['./data:/d']}}\n";
  const documents = new Map<string, string | undefined>([
    ["/shop/compose.yaml", main],
    ["/shop/db/compose.yaml", db],
    ["/shop/db/.env", "TAG=5.7"],
  ]);
  const included = project({ "compose.yaml": main }, { documents }).services.get("db");
  assert.equal(included?.image, "mysql:5.7");
  assert.deepEqual(
    included.volumes.map((mount) => ("source" in mount ? mount.source : "")),
    ["/shop/db/data"],
  );
  documents.set("/shop/db/compose.yaml", "services: {web: {image: y}}\n");
  const conflict = loadTexts({ "compose.yaml": main }, { documents }).problems;
  assert.ok(conflict.some((problem) => problem.code === "include-conflict"));
  documents.set("/shop/db/compose.yaml", "include: [../compose.yaml]\n");
  const circle = loadTexts({ "compose.yaml": main }, { documents }).problems;
  assert.ok(circle.some((problem) => problem.code === "include-cycle"));
});

test("profiles", () => {
  const text = "services:\n  a: {image: x}\n  b: {image: x, profiles: [dev]}\n";
  assert.deepEqual([...project({ "compose.yaml": text }).services.keys()], ["a"]);
  assert.deepEqual([...project({ "compose.yaml": text }).disabledServices.keys()], ["b"]);
  assert.deepEqual([...project({ "compose.yaml": text }, { profiles: ["dev"] }).services.keys()], ["a", "b"]);
});

test("names: of the project, its networks and volumes", () => {
  const text =
    "name: My.Shop\nservices: {a: {image: x}}\nnetworks: {n: {}, e: {external: true}, o: {external: {name: old}}}\nvolumes: {v: {name: mine}, w: }\n";
  const loaded = project({ "compose.yaml": text });
  assert.equal(loaded.name, "myshop");
  assert.deepEqual(
    [...loaded.networks].map(([key, { name }]) => [key, name]),
    [
      ["n", "myshop_n"],
      ["e", "e"],
      ["o", "old"],
      ["default", "myshop_default"],
    ],
  );
  assert.deepEqual(
    [...loaded.volumes.values()].map(({ name }) => name),
    ["mine", "myshop_w"],
  );
  assert.equal(project({ "compose.yaml": text }, { name: "given" }).name, "given");
});
