import assert from "node:assert/strict";
import { test } from "node:test";
import { loadTexts } from "../model/compose/load.testing.ts";
import { containerRequest } from "./container-request.ts";
import { label } from "./labels.ts";

/** What the engine is asked for a service `web`, without labels, empty lists and what is undefined. */
function requestOf(keys: string, rest = ""): unknown {
  const text = `services:\n  web:\n    image: nginx\n    ${keys.trim().replaceAll("\n", "\n    ")}\n  other: {image: x}\n${rest}`;
  const { project, problems } = loadTexts({ "compose.yaml": text });
  assert.deepEqual(
    problems.filter(({ severity }) => severity === "error"),
    [],
  );
  const identity = { number: 1, oneOff: false, configHash: "hash", imageId: "sha256:id" };
  const containerOf = (service: string): string => `id-of-${service}`;
  const { request } = containerRequest(project, project.services.get("web")!, {
    identity,
    inheritedVolumes: [],
    containerOf,
  });
  const { Labels: _labels, NetworkingConfig: _networking, ...shown } = request;
  return withoutEmpty(shown);
}

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== "object" || value === null) return value;
  const isEmpty = (item: unknown): boolean =>
    item === undefined ||
    item === false ||
    (typeof item === "object" && item !== null && Object.keys(item).length === 0);
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, item]) => [key, withoutEmpty(item)] as const)
      .filter(([, item]) => !isEmpty(item)),
  );
}

const BASE = { Image: "nginx", HostConfig: { NetworkMode: "shop_default" } };

function check(keys: string, config: object, hostConfig: object = {}, rest = ""): void {
  assert.deepEqual(requestOf(keys, rest), {
    ...BASE,
    ...config,
    HostConfig: { ...BASE.HostConfig, ...hostConfig },
  });
}

test("process, terminal and health check", () => {
  check(
    "command: echo hi\nuser: ada\nworking_dir: /w\nhostname: h\ntty: true\nstdin_open: true\nstop_signal: SIGQUIT\nstop_grace_period: 1m30s\nenvironment: {A: 1}",
    {
      Cmd: ["echo", "hi"],
      User: "ada",
      WorkingDir: "/w",
      Hostname: "h",
      Tty: true,
      OpenStdin: true,
      StopSignal: "SIGQUIT",
      StopTimeout: 90,
      Env: ["A=1"],
    },
  );
  check('entrypoint: ""', { Entrypoint: [""] });
  check("healthcheck: {test: [CMD, x], interval: 1s, retries: 2}", {
    Healthcheck: { Test: ["CMD", "x"], Interval: 1e9, Retries: 2 },
  });
});

test("ports", () => {
  const bindings = {
    "80/tcp": [
      { HostIp: "", HostPort: "8080" },
      { HostIp: "127.0.0.1", HostPort: "" },
    ],
    "53/udp": [{ HostIp: "", HostPort: "" }],
  };
  assert.deepEqual(requestOf('ports: ["8080:80", "127.0.0.1::80", 53/udp]\nexpose: [9]'), {
    ...BASE,
    HostConfig: { ...BASE.HostConfig, PortBindings: bindings },
  });
});

test("mounts: binds that make their directory, binds that do not, volumes, anonymous ones, tmpfs, secrets", () => {
  check(
    `volumes:
  - ./a:/a:ro
  - {type: bind, source: ./b, target: /b, bind: {create_host_path: false}}
  - data:/c:ro
  - {type: volume, source: data, target: /d, volume: {nocopy: true}}
  - {type: tmpfs, target: /e, tmpfs: {size: 1k}}
tmpfs: ["/f", "/g:size=1m"]
secrets: [s]`,
    {},
    {
      Binds: ["/shop/a:/a:ro"],
      Mounts: [
        { Target: "/b", Type: "bind", Source: "/shop/b" },
        { Target: "/c", ReadOnly: true, Type: "volume", Source: "shop_data" },
        { Target: "/d", Type: "volume", Source: "shop_data", VolumeOptions: { NoCopy: true } },
        { Target: "/e", Type: "tmpfs", TmpfsOptions: { SizeBytes: 1024 } },
        { Type: "bind", Source: "/shop/token", Target: "/run/secrets/s", ReadOnly: true },
      ],
      Tmpfs: { "/f": "", "/g": "size=1m" },
    },
    "volumes: {data: }\nsecrets: {s: {file: ./token}}\n",
  );
});

test("limits and rights", () => {
  check(
    "mem_limit: 1m\ncpus: 1.5\npids_limit: 9\nulimits: {nofile: 3}\ncap_add: [NET_ADMIN]\nprivileged: true\nread_only: true\ninit: true\nsecurity_opt: ['seccomp:unconfined']\nsysctls: {a.b: 1}\nshm_size: 2m\nrestart: on-failure:2\ndevices: [/dev/null]",
    {},
    {
      Memory: 1048576,
      NanoCpus: 1.5e9,
      PidsLimit: 9,
      Ulimits: [{ Name: "nofile", Soft: 3, Hard: 3 }],
      CapAdd: ["NET_ADMIN"],
      Privileged: true,
      ReadonlyRootfs: true,
      Init: true,
      SecurityOpt: ["seccomp=unconfined"],
      Sysctls: { "a.b": "1" },
      ShmSize: 2097152,
      RestartPolicy: { Name: "on-failure", MaximumRetryCount: 2 },
      Devices: [{ PathOnHost: "/dev/null", PathInContainer: "/dev/null", CgroupPermissions: "rwm" }],
    },
  );
});

test("namespaces and volumes of another service", () => {
  check(
    "network_mode: service:other\npid: service:other\nvolumes_from: [other:ro]",
    {},
    {
      NetworkMode: "container:id-of-other",
      PidMode: "container:id-of-other",
      VolumesFrom: ["id-of-other:ro"],
    },
  );
  check("network_mode: host", {}, { NetworkMode: "host" });
});

test("a one-off container has no restart policy and does not answer to the service's name", () => {
  const { project } = loadTexts({
    "compose.yaml":
      "services: {web: {image: nginx, restart: always, networks: {default: {aliases: [shop]}}}}",
  });
  const identity = { number: 1, oneOff: true, configHash: "", imageId: "" };
  const { request } = containerRequest(project, project.services.get("web")!, {
    identity,
    inheritedVolumes: [],
    containerOf: String,
  });
  assert.equal(request.HostConfig?.RestartPolicy, undefined);
  assert.deepEqual(request.NetworkingConfig?.EndpointsConfig?.shop_default?.Aliases, ["shop"]);
  assert.equal(request.Labels?.[label.oneOff], "True");
});
