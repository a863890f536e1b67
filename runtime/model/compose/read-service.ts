import { Fields } from "./fields.ts";
import { readBuild } from "./read-build.ts";
import type { ReadContext } from "./read-context.ts";
import { readLimits, readReplicas, readRestart } from "./read-deploy.ts";
import { readEnvironment } from "./read-environment.ts";
import { readHealthcheck } from "./read-healthcheck.ts";
import { readMounts, readPorts } from "./read-mounts.ts";
import { readAttachments, readDependencies, readFileReferences } from "./read-references.ts";
import { splitShellWords } from "./shell-words.ts";
import { child, type Entry, isNull, textOf } from "./tree.ts";
import type { Device, PullPolicy, Service, Ulimit } from "./types.ts";

/** Keys of a service that the specification has and the model does not carry. */
const UNMODELLED = [
  "attach",
  "blkio_config",
  "cpu_count",
  "cpu_percent",
  "cpu_rt_period",
  "cpu_rt_runtime",
  "credential_spec",
  "develop",
  "external_links",
  "gpus",
  "isolation",
  "label_file",
  "models",
  "post_start",
  "pre_stop",
  "provider",
  "pull_refresh_after",
  "use_api_socket",
];

/** A service in long form, typed. Values of the wrong type are reported and left out. */
export function readService(entry: Entry, context: ReadContext): Service {
  const fields = new Fields(entry.value, entry.keyPlace, `services.${entry.key}`, context.report);
  const deploy = fields.fields("deploy");
  const build = fields.has("build") ? readBuild(fields.fields("build")) : undefined;
  const resources = readLimits(fields, deploy);
  const restart = readRestart(fields, deploy);
  const replicas = readReplicas(fields, deploy);
  const deployLeft = deploy.finish(
    ["mode", "endpoint_mode", "labels", "rollback_config", "update_config", "placement"],
    "deploy.",
  );
  const logging = fields.has("logging") ? fields.fields("logging") : undefined;
  const networkMode = fields.text("network_mode");
  const service = {
    name: entry.key,
    place: entry.keyPlace,
    profiles: fields.texts("profiles"),
    containerName: fields.text("container_name"),
    image: fields.text("image"),
    build: build?.build,
    pullPolicy: readPullPolicy(fields),
    platform: fields.text("platform"),
    command: readCommand(fields, entry, "command"),
    entrypoint: readCommand(fields, entry, "entrypoint"),
    user: fields.text("user"),
    groupAdd: fields.texts("group_add"),
    workingDir: fields.text("working_dir"),
    hostname: fields.text("hostname"),
    domainname: fields.text("domainname"),
    macAddress: fields.text("mac_address"),
    tty: fields.flag("tty") ?? false,
    stdinOpen: fields.flag("stdin_open") ?? false,
    init: fields.flag("init"),
    privileged: fields.flag("privileged") ?? false,
    readOnly: fields.flag("read_only") ?? false,
    environment: readEnvironment(fields, context),
    labels: fields.map("labels"),
    annotations: fields.map("annotations"),
    ports: readPorts(fields),
    expose: readExpose(fields),
    volumes: readMounts(fields),
    volumesFrom: fields.texts("volumes_from"),
    tmpfs: fields.texts("tmpfs"),
    networks: readAttachments(fields, networkMode !== undefined),
    networkMode,
    dependsOn: readDependencies(fields),
    links: fields.texts("links"),
    healthcheck: fields.has("healthcheck") ? readHealthcheck(fields.fields("healthcheck")) : undefined,
    restart,
    stopSignal: fields.text("stop_signal"),
    stopGracePeriodMs: fields.durationMs("stop_grace_period"),
    capAdd: fields.texts("cap_add"),
    capDrop: fields.texts("cap_drop"),
    securityOpt: fields.texts("security_opt"),
    devices: fields.list("devices").map(readDevice),
    deviceCgroupRules: fields.texts("device_cgroup_rules"),
    extraHosts: fields.texts("extra_hosts"),
    dns: fields.texts("dns"),
    dnsSearch: fields.texts("dns_search"),
    dnsOptions: fields.texts("dns_opt"),
    ulimits: readUlimits(fields),
    sysctls: fields.map("sysctls"),
    storageOpt: fields.map("storage_opt"),
    limits: resources.limits,
    pid: fields.text("pid"),
    ipc: fields.text("ipc"),
    uts: fields.text("uts"),
    usernsMode: fields.text("userns_mode"),
    cgroup: fields.oneOf("cgroup", ["host", "private"]),
    cgroupParent: fields.text("cgroup_parent"),
    runtime: fields.text("runtime"),
    logging:
      logging === undefined ? undefined : { driver: logging.text("driver"), options: logging.map("options") },
    secrets: readFileReferences(fields, "secrets", "/run/secrets/"),
    configs: readFileReferences(fields, "configs", "/"),
    replicas,
  };
  logging?.finish([]);
  const unmodelled = [
    ...(build?.unmodelled ?? []),
    ...resources.unmodelled,
    ...deployLeft,
    ...fields.finish(UNMODELLED),
  ];
  return { ...service, unmodelled };
}

function readPullPolicy(fields: Fields): PullPolicy | undefined {
  const text = fields.text("pull_policy");
  switch (text) {
    case undefined:
      return undefined;
    case "always":
    case "never":
    case "missing":
    case "build":
      return text;
    case "if_not_present":
      return "missing";
    default:
      fields.report(
        "pull_policy",
        "invalid-type",
        `pull_policy "${text}": use always, never, missing or build`,
      );
      return undefined;
  }
}

/** `null` means the image's own; an empty text or list means none. */
function readCommand(fields: Fields, entry: Entry, key: string): readonly string[] | undefined {
  if (isNull(child(entry.value, key))) {
    fields.node(key);
    return undefined;
  }
  const node = fields.node(key);
  if (node?.kind === "sequence") return fields.texts(key);
  const text = textOf(node);
  const words = text === undefined ? undefined : splitShellWords(text);
  if (words === undefined) {
    const why =
      text === undefined ? "must be a string or a list of strings" : "has a quote that is not closed";
    fields.report(key, "invalid-type", `services.${entry.key}.${key} ${why}`);
  }
  return words;
}

/** `3000`, `3000-3005`, `53/udp`. */
function readExpose(fields: Fields): readonly string[] {
  return fields.texts("expose").flatMap((text) => {
    const found = /^(\d+)(?:-(\d+))?(?:\/(tcp|udp|sctp))?$/.exec(text);
    if (found === null) {
      fields.report("expose", "invalid-port", `expose: "${text}" is not a container port`);
      return [];
    }
    const first = Number(found[1]);
    const count = Math.min(65536, Number(found[2] ?? first) - first + 1);
    return Array.from({ length: Math.max(0, count) }, (_, index) => `${first + index}/${found[3] ?? "tcp"}`);
  });
}

function readDevice(fields: Fields): Device {
  const source = fields.text("source") ?? "";
  const device = {
    source,
    target: fields.text("target") ?? source,
    permissions: fields.text("permissions") ?? "rwm",
  };
  fields.finish([]);
  return device;
}

function readUlimits(fields: Fields): readonly Ulimit[] {
  const all = fields.fields("ulimits");
  return fields.entries("ulimits").map((item) => {
    const limit = all.item(item.value, item.key);
    return { name: item.key, soft: limit.integer("soft") ?? 0, hard: limit.integer("hard") ?? 0 };
  });
}
