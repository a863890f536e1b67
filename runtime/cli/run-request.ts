import type {
  ContainerCreateRequest,
  DeviceMapping,
  HealthConfig,
  HostConfig,
  PortBinding,
} from "../api/types/container.ts";
import { parsePortText, parseRange } from "../model/compose/ports.ts";
import { UsageError } from "./command-line.ts";
import { parseMount } from "./mount-flag.ts";
import { networkAttachments } from "./network-flag.ts";
import {
  cpuNano,
  cut,
  deviceLimit,
  durationNano,
  environment,
  limitBytes,
  pairs,
  restartPolicy,
  sizeBytes,
  ulimit,
  wholeNumber,
} from "./request-values.ts";
import type { ContainerFlags } from "./run-flags.ts";

export interface RequestSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute path of what `-v ./x:/y` means. */
  readonly resolvePath: (path: string) => string;
  /** Lines of the files of `--env-file`. */
  readonly envFileLines: readonly string[];
  /** Lines of the files of `--label-file`. */
  readonly labelFileLines: readonly string[];
  /** The security options, files of profiles replaced by their content. */
  readonly securityOptions: readonly string[];
  /** Streams that will be attached. */
  readonly attaches: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean };
}

/** The create request for a command line. Throws `UsageError`. */
export function containerRequest(
  flags: ContainerFlags,
  [image = "", ...command]: readonly string[],
  surroundings: RequestSurroundings,
): ContainerCreateRequest {
  const { exposed, bindings } = ports(flags.publish, flags.expose);
  const { mode, endpoints } = networkAttachments(flags);
  const volumes = flags.volume.map((volume) => parseVolume(volume, surroundings));
  const { stdin, stdout, stderr } = surroundings.attaches;
  return {
    Hostname: flags.hostname,
    Domainname: flags.domainname,
    User: flags.user,
    AttachStdin: stdin,
    AttachStdout: stdout,
    AttachStderr: stderr,
    ExposedPorts: exposed,
    Tty: flags.tty,
    OpenStdin: flags.interactive,
    StdinOnce: stdin,
    Env: environment([...surroundings.envFileLines, ...flags.env], surroundings.env),
    Cmd: command.length === 0 ? undefined : command,
    Image: image,
    Volumes: Object.fromEntries(
      volumes.filter(({ bind }) => bind === undefined).map(({ target }) => [target, {}]),
    ),
    WorkingDir: flags.workdir,
    // As in docker the whole text is one program; an empty one takes the image's entrypoint away.
    Entrypoint: flags.entrypoint === undefined ? undefined : [flags.entrypoint],
    Labels: pairs([...surroundings.labelFileLines, ...flags.label]),
    Healthcheck: healthcheck(flags),
    StopSignal: flags["stop-signal"],
    StopTimeout: flags["stop-timeout"],
    HostConfig: {
      ...placement(flags, surroundings),
      ...limits(flags),
      Binds: volumes.flatMap(({ bind }) => bind ?? []),
      NetworkMode: mode,
      PortBindings: bindings,
      PublishAllPorts: flags["publish-all"],
    },
    NetworkingConfig: Object.keys(endpoints).length === 0 ? undefined : { EndpointsConfig: endpoints },
  };
}

function placement(flags: ContainerFlags, surroundings: RequestSurroundings): HostConfig {
  const logOptions = pairs(flags["log-opt"]);
  const hasLogging = flags["log-driver"] !== undefined || flags["log-opt"].length > 0;
  return {
    RestartPolicy: flags.restart === undefined ? { Name: "no" } : restartPolicy(flags.restart),
    AutoRemove: flags.rm,
    Init: flags.init || undefined,
    Privileged: flags.privileged,
    ReadonlyRootfs: flags["read-only"],
    CapAdd: flags["cap-add"],
    CapDrop: flags["cap-drop"],
    Dns: flags.dns,
    DnsOptions: flags["dns-option"],
    DnsSearch: flags["dns-search"],
    ExtraHosts: flags["add-host"],
    GroupAdd: flags["group-add"],
    Links: flags.link,
    Mounts: flags.mount.map((each) => parseMount(each, surroundings.resolvePath)),
    Tmpfs: Object.fromEntries(flags.tmpfs.map((each) => cut(each, ":"))),
    SecurityOpt: surroundings.securityOptions,
    Sysctls: pairs(flags.sysctl),
    StorageOpt: flags["storage-opt"].length === 0 ? undefined : pairs(flags["storage-opt"]),
    Annotations: flags.annotation.length === 0 ? undefined : pairs(flags.annotation),
    LogConfig: hasLogging ? { Type: flags["log-driver"] ?? "", Config: logOptions } : undefined,
    VolumeDriver: flags["volume-driver"],
    VolumesFrom: flags["volumes-from"],
    ShmSize: sizeBytes("shm-size", flags["shm-size"]),
    Runtime: flags.runtime,
    Isolation: flags.isolation,
    CgroupnsMode: flags.cgroupns,
    IpcMode: flags.ipc,
    PidMode: flags.pid,
    UTSMode: flags.uts,
    UsernsMode: flags.userns,
  };
}

function limits(flags: ContainerFlags): HostConfig {
  const bytes = (flag: "device-read-bps" | "device-write-bps") =>
    flags[flag].map((each) => deviceLimit(flag, each, "Rate", (text) => sizeBytes(flag, text)));
  const operations = (flag: "device-read-iops" | "device-write-iops") =>
    flags[flag].map((each) => deviceLimit(flag, each, "Rate", wholeNumber));
  return {
    BlkioWeight: flags["blkio-weight"],
    BlkioWeightDevice: flags["blkio-weight-device"].map((each) =>
      deviceLimit("blkio-weight-device", each, "Weight", wholeNumber),
    ),
    BlkioDeviceReadBps: bytes("device-read-bps"),
    BlkioDeviceWriteBps: bytes("device-write-bps"),
    BlkioDeviceReadIOps: operations("device-read-iops"),
    BlkioDeviceWriteIOps: operations("device-write-iops"),
    CgroupParent: flags["cgroup-parent"],
    CpuPeriod: flags["cpu-period"],
    CpuQuota: flags["cpu-quota"],
    CpuRealtimePeriod: flags["cpu-rt-period"],
    CpuRealtimeRuntime: flags["cpu-rt-runtime"],
    CpuShares: flags["cpu-shares"],
    CpusetCpus: flags["cpuset-cpus"],
    CpusetMems: flags["cpuset-mems"],
    NanoCpus: cpuNano(flags.cpus),
    DeviceCgroupRules: flags["device-cgroup-rule"],
    DeviceRequests: flags.gpus === undefined ? undefined : [gpuRequest(flags.gpus)],
    Devices: flags.device.map(device),
    Memory: sizeBytes("memory", flags.memory),
    MemoryReservation: sizeBytes("memory-reservation", flags["memory-reservation"]),
    MemorySwap: limitBytes("memory-swap", flags["memory-swap"]),
    MemorySwappiness: flags["memory-swappiness"],
    OomKillDisable: flags["oom-kill-disable"] || undefined,
    OomScoreAdj: flags["oom-score-adj"],
    PidsLimit: flags["pids-limit"],
    Ulimits: flags.ulimit.map(ulimit),
  };
}

function ports(publish: readonly string[], expose: readonly string[]) {
  const exposed: Record<string, object> = {};
  const bindings: Record<string, PortBinding[]> = {};
  for (const each of expose) for (const port of exposedPorts(each)) exposed[port] = {};
  for (const each of publish) {
    const parsed = parsePortText(each);
    if (typeof parsed === "string")
      throw new UsageError(`invalid argument "${each}" for -p, --publish: ${parsed}`);
    for (const { hostIp, published, target, protocol } of parsed) {
      const key = `${target}/${protocol}`;
      exposed[key] = {};
      bindings[key] ??= [];
      bindings[key].push({ HostIp: hostIp ?? "", HostPort: published ?? "" });
    }
  }
  return { exposed, bindings };
}

function exposedPorts(text: string): readonly string[] {
  const [range, protocol] = cut(text, "/");
  const parsed = parseRange(range);
  if (parsed === undefined) {
    throw new UsageError(`invalid argument "${text}" for --expose: use PORT[-PORT][/tcp|udp|sctp]`);
  }
  const count = parsed.last - parsed.first + 1;
  return Array.from({ length: count }, (_, index) => `${parsed.first + index}/${protocol || "tcp"}`);
}

function parseVolume(volume: string, { resolvePath }: RequestSurroundings) {
  const [first = "", target, ...options] = volume.split(":");
  if (target === undefined) return { target: first, bind: undefined };
  if (!target.startsWith("/")) {
    throw new UsageError(`invalid volume specification: '${volume}': the target must be an absolute path`);
  }
  const isPath = /^[./~]/.test(first);
  return { target, bind: [isPath ? resolvePath(first) : first, target, ...options].join(":") };
}

function device(text: string): DeviceMapping {
  const [host = "", second, third] = text.split(":");
  const isMode = (part: string | undefined) => part !== undefined && /^[rwm]{1,3}$/.test(part);
  const inside = second === undefined || isMode(second) ? host : second;
  const permissions = isMode(second) && third === undefined ? second : (third ?? "rwm");
  if (!host.startsWith("/") || !inside.startsWith("/") || !isMode(permissions)) {
    throw new UsageError(`invalid argument "${text}" for --device: use /dev/NAME[:/dev/NAME[:rwm]]`);
  }
  return { PathOnHost: host, PathInContainer: inside, CgroupPermissions: permissions ?? "rwm" };
}

/** `all`, a count, or `device=0,driver=nvidia,capabilities=gpu`. */
function gpuRequest(text: string): object {
  const request: Record<string, unknown> = { Driver: "", Count: 0, Capabilities: [["gpu"]], Options: {} };
  if (text === "all") return { ...request, Count: -1 };
  if (/^\d+$/.test(text)) return { ...request, Count: Number(text) };
  const fields = pairs(text.replaceAll('"', "").split(/,(?=\w+=)/));
  for (const [key, value] of Object.entries(fields)) {
    if (key === "device") request.DeviceIDs = value.split(",");
    else if (key === "driver") request.Driver = value;
    else if (key === "count") request.Count = value === "all" ? -1 : Number(value);
    else if (key === "capabilities") request.Capabilities = [["gpu", ...value.split(",")]];
    else throw new UsageError(`invalid argument "${text}" for --gpus: cannot use "${key}"`);
  }
  return request;
}

function healthcheck(flags: ContainerFlags): HealthConfig | undefined {
  const command = flags["health-cmd"];
  const asked: HealthConfig = {
    ...(command === undefined ? {} : { Test: ["CMD-SHELL", command] }),
    ...defined("Interval", durationNano("health-interval", flags["health-interval"])),
    ...defined("Timeout", durationNano("health-timeout", flags["health-timeout"])),
    ...defined("StartPeriod", durationNano("health-start-period", flags["health-start-period"])),
    ...defined("StartInterval", durationNano("health-start-interval", flags["health-start-interval"])),
    ...defined("Retries", flags["health-retries"]),
  };
  const isAsked = Object.keys(asked).length > 0;
  if (!flags["no-healthcheck"]) return isAsked ? asked : undefined;
  if (isAsked) throw new UsageError("--no-healthcheck conflicts with --health-* options");
  return { Test: ["NONE"] };
}

function defined(name: string, value: number | undefined): Readonly<Record<string, number>> {
  return value === undefined ? {} : { [name]: value };
}
