import type {
  ContainerCreateRequest,
  HostConfig,
  Resources,
  RestartPolicy,
} from "../../api/types/container.ts";
import { EngineError } from "../error.ts";
import { parseSignal } from "../host/signal-name.ts";
import { grantedCapabilities } from "./capabilities.ts";
import { logLimit } from "./log-limit.ts";
import { parseDeviceRule } from "./resources.ts";
import { parseSeccompProfile } from "./seccomp-profile.ts";
import { parseSecurityOptions } from "./security-options.ts";

const containerName = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

/** A container's name without leading slash. Throws `invalid-argument` in Docker's words. */
export function parseContainerName(text: string): string {
  const name = text.startsWith("/") ? text.slice(1) : text;
  if (!containerName.test(name) || name.length > 255) {
    throw new EngineError(
      "invalid-argument",
      `Invalid container name (${text}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`,
    );
  }
  return name;
}

/** Refuses, by name, what cannot be honoured; nothing of a request is silently dropped. */
export function validateRequest(request: ContainerCreateRequest): void {
  const host = request.HostConfig ?? {};
  validateConfig(request);
  validateLinks(host);
  validateUnsupported(host);
  validateResources(host);
  validateRestartPolicy(host.RestartPolicy, host.AutoRemove ?? false);
  validateModes(host, request.Hostname);
  validateJoinedNetwork(request, host);
  validateSysctls(host);
  validateSecurity(host);
}

function validateConfig(request: ContainerCreateRequest): void {
  if (request.StopSignal) parseSignal(request.StopSignal);
  if (request.WorkingDir && !request.WorkingDir.startsWith("/")) {
    invalid(`the working directory '${request.WorkingDir}' is invalid, it needs to be an absolute path`);
  }
  if (
    request.Hostname &&
    (request.Hostname.length > 63 || !/^[A-Za-z0-9][A-Za-z0-9.-]*$/.test(request.Hostname))
  ) {
    invalid(`invalid hostname: ${request.Hostname}`);
  }
  const health = request.Healthcheck;
  if (health?.Test !== undefined && health.Test !== null && health.Test.length > 0) {
    const kind = health.Test[0] ?? "";
    if (!["", "NONE", "CMD", "CMD-SHELL"].includes(kind)) invalid(`unknown health check type "${kind}"`);
  }
  for (const key of ["Interval", "Timeout", "StartPeriod", "StartInterval"] as const) {
    const value = health?.[key] ?? 0;
    if (value !== 0 && value < 1_000_000) invalid(`${key} in Healthcheck cannot be less than 1ms`);
  }
  if ((health?.Retries ?? 0) < 0) invalid("Retries in Healthcheck cannot be negative");
  for (const entry of [...(request.Env ?? []), ...Object.keys(request.Labels ?? {})]) {
    if (entry.includes("\0")) invalid("names and values must not contain a NUL byte");
  }
}

/**
 * On a user-defined network Docker takes no notice of these, only of the links of the endpoint, and docker-compose 1.29
 * sends some with every `run`. Links of the default network would share variables and are not there.
 */
function validateLinks({ Links: links, NetworkMode: mode }: HostConfig): void {
  const isUserDefined = mode && !/^(default|bridge|host|none|container:.*)$/.test(mode);
  if (links && links.length > 0 && !isUserDefined)
    missing("HostConfig.Links (use a network: containers on it reach each other by name)");
}

function validateUnsupported(host: HostConfig): void {
  if ((host.StorageOpt && Object.keys(host.StorageOpt).length > 0) === true) missing("HostConfig.StorageOpt");
  if (host.UsernsMode && host.UsernsMode !== "host") missing(`HostConfig.UsernsMode ${host.UsernsMode}`);
  if (host.Isolation && host.Isolation !== "default")
    invalid(`invalid isolation '${host.Isolation}' on linux`);
  if (host.Cgroup) missing("HostConfig.Cgroup");
  if (host.CpuRealtimePeriod || host.CpuRealtimeRuntime)
    missing("HostConfig.CpuRealtimePeriod and CpuRealtimeRuntime");
  if (host.VolumeDriver && host.VolumeDriver !== "local") missing(`volume driver "${host.VolumeDriver}"`);
  const log = host.LogConfig;
  if (log?.Type && !["json-file", "local", "k8s-file", "none"].includes(log.Type))
    missing(`logging driver "${log.Type}"`);
  for (const key of Object.keys(log?.Config ?? {})) {
    if (!["max-file", "max-size", "mode"].includes(key)) missing(`log option "${key}"`);
  }
  logLimit(host);
  if ((host.DeviceRequests?.length ?? 0) > 0) {
    missing("HostConfig.DeviceRequests");
  }
  for (const key of ofWindows) if (host[key]) invalid(`HostConfig.${key} is of Windows hosts only`);
}

const ofWindows = ["CpuCount", "CpuPercent", "IOMaximumIOps", "IOMaximumBandwidth"] as const;

/** Limits as a request or an update gives them. */
export function validateResources(limits: Resources): void {
  const memory = limits.Memory ?? 0;
  if (memory < 0) invalid("invalid memory limit: must not be negative");
  if (memory > 0 && memory < 6 * 1024 * 1024) invalid("Minimum memory limit allowed is 6MB");
  const swap = limits.MemorySwap ?? 0;
  if (memory > 0 && swap > 0 && swap < memory) {
    invalid("Minimum memoryswap limit should be larger than memory limit, see usage");
  }
  if (memory === 0 && swap > 0)
    invalid("You should always set the Memory limit when using Memoryswap limit, see usage");
  if (memory > 0 && (limits.MemoryReservation ?? 0) > memory) {
    invalid("Minimum memory limit can not be less than memory reservation limit, see usage");
  }
  const reservation = limits.MemoryReservation ?? 0;
  if (reservation < 0) invalid("invalid memory reservation: must not be negative");
  if (reservation > 0 && reservation < 6 * 1024 * 1024) invalid("Minimum memory reservation allowed is 6MB");
  if (swap < -1) invalid("invalid memoryswap limit: must be a size, or -1 for no limit");
  const swappiness = limits.MemorySwappiness ?? -1;
  if (swappiness < -1 || swappiness > 100)
    invalid(`Invalid value: ${swappiness}, valid memory swappiness range is 0-100`);
  if ((limits.NanoCpus ?? 0) > 0 && ((limits.CpuQuota ?? 0) > 0 || (limits.CpuPeriod ?? 0) > 0)) {
    invalid("Conflicting options: Nano CPUs and CPU Quota/Period cannot both be set");
  }
  if ((limits.NanoCpus ?? 0) < 0) invalid("invalid CPU limit: must not be negative");
  const period = limits.CpuPeriod ?? 0;
  if (period !== 0 && (period < 1000 || period > 1_000_000)) {
    invalid("CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)");
  }
  const quota = limits.CpuQuota ?? 0;
  if (quota > 0 && quota < 1000) invalid("CPU cfs quota can not be less than 1ms (i.e. 1000)");
  if ((limits.CpuShares ?? 0) < 0) invalid("CPU shares must not be negative");
  if ((limits.PidsLimit ?? 0) < -1) invalid("invalid PIDs limit: must be a number, or -1 for no limit");
  const weight = limits.BlkioWeight ?? 0;
  if (weight !== 0 && (weight < 10 || weight > 1000)) invalid("Range of blkio weight is from 10 to 1000");
  for (const device of limits.BlkioWeightDevice ?? []) {
    if (device.Weight < 10 || device.Weight > 1000) invalid("Range of blkio weight is from 10 to 1000");
  }
  for (const key of ["CpusetCpus", "CpusetMems"] as const) {
    const value = limits[key];
    if (value && !/^[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*$/.test(value))
      invalid(`Invalid value ${value} for ${key}`);
  }
  for (const limit of limits.Ulimits ?? []) {
    if (!ulimitNames.includes(limit.Name)) invalid(`invalid ulimit type: ${limit.Name}`);
    if (limit.Hard !== -1 && (limit.Soft === -1 || limit.Soft > limit.Hard)) {
      invalid(`ulimit soft limit must be less than or equal to hard limit: ${limit.Soft} > ${limit.Hard}`);
    }
  }
}

const ulimitNames =
  "core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack".split(
    " ",
  );

export function validateRestartPolicy(policy: RestartPolicy | undefined, autoRemove: boolean): void {
  const name = policy?.Name ?? "";
  const count = policy?.MaximumRetryCount ?? 0;
  if (!["", "no", "always", "unless-stopped", "on-failure"].includes(name)) {
    invalid(
      `invalid restart policy: unknown policy '${name}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'`,
    );
  }
  if (count !== 0 && name !== "on-failure") {
    invalid("invalid restart policy: maximum retry count can only be used with 'on-failure'");
  }
  if (count < 0) invalid("invalid restart policy: maximum retry count cannot be negative");
  if (autoRemove && name !== "" && name !== "no")
    invalid("can't create 'AutoRemove' container with restart policy");
}

function validateModes(host: HostConfig, hostname: string | undefined): void {
  const joins = (mode: string) => mode.startsWith("container:") && mode.length > "container:".length;
  const ipc = host.IpcMode ?? "";
  if (!["", "private", "shareable", "host", "none"].includes(ipc) && !joins(ipc))
    invalid(`invalid IPC mode: ${ipc}`);
  const pid = host.PidMode ?? "";
  if (pid !== "" && pid !== "host" && !joins(pid)) invalid(`invalid PID mode: ${pid}`);
  const uts = host.UTSMode ?? "";
  if (uts !== "" && uts !== "host") invalid(`invalid UTS mode: ${uts}`);
  if (uts === "host" && hostname) invalid("conflicting options: hostname and the UTS mode");
  const cgroupns = host.CgroupnsMode ?? "";
  if (!["", "private", "host"].includes(cgroupns)) invalid(`invalid cgroup namespace mode: ${cgroupns}`);
  if ((host.ShmSize ?? 0) < 0) invalid("SHM size can not be less than 0");
  const score = host.OomScoreAdj ?? 0;
  if (score < -1000 || score > 1000)
    invalid(`Invalid value ${score}, range for oom score adj is [-1000, 1000]`);
}

/** A container in another's network has that one's names, addresses and ports. */
function validateJoinedNetwork(request: ContainerCreateRequest, host: HostConfig): void {
  if (!host.NetworkMode?.startsWith("container:")) return;
  const conflicts: readonly (readonly [string, number])[] = [
    ["hostname and the network mode", request.Hostname ? 1 : 0],
    ["mac-address and the network mode", request.MacAddress ? 1 : 0],
    ["dns and the network mode", host.Dns?.length ?? 0],
    ["custom host-to-IP mapping and the network mode", host.ExtraHosts?.length ?? 0],
    ["container type network can't be used with links", host.Links?.length ?? 0],
    ["port publishing and the container type network mode", Object.keys(host.PortBindings ?? {}).length],
    ["port publishing and the container type network mode", host.PublishAllPorts ? 1 : 0],
    ["port exposing and the container type network mode", Object.keys(request.ExposedPorts ?? {}).length],
  ];
  for (const [what, count] of conflicts) if (count > 0) invalid(`conflicting options: ${what}`);
}

/** Kernel parameters that a container has for itself; any other one would be the host's. Source: namespaces(7). */
function validateSysctls(host: HostConfig): void {
  for (const name of Object.keys(host.Sysctls ?? {})) {
    if (name.startsWith("net.")) {
      if (host.NetworkMode === "host") invalid(`sysctl "${name}" not allowed in host network namespace`);
    } else if (/^(kernel\.(msgmax|msgmnb|msgmni|sem|shm\w+)|fs\.mqueue\.[\w.-]+)$/.test(name)) {
      if (host.IpcMode === "host") invalid(`sysctl "${name}" not allowed in host ipc namespace`);
    } else if (name !== "kernel.domainname") {
      invalid(`sysctl "${name}" is not in a separate kernel namespace`);
    }
  }
}

function validateSecurity(host: HostConfig): void {
  grantedCapabilities({
    privileged: false,
    add: host.CapAdd ?? [],
    drop: host.CapDrop ?? [],
    available: [],
  });
  const { seccomp } = parseSecurityOptions(host.SecurityOpt ?? []);
  if (typeof seccomp !== "string") {
    parseSeccompProfile(seccomp.profile, { capabilities: [], architecture: "", kernel: "" });
  }
  for (const rule of host.DeviceCgroupRules ?? []) parseDeviceRule(rule);
  for (const { CgroupPermissions: access } of host.Devices ?? []) {
    if (access && !/^[rwm]{1,3}$/.test(access)) invalid(`invalid device permissions: ${access}`);
  }
  for (const group of host.GroupAdd ?? []) if (group === "") invalid("empty group name in GroupAdd");
}

function invalid(message: string): never {
  throw new EngineError("invalid-argument", message);
}

function missing(what: string): never {
  throw new EngineError("not-implemented", `${what} is not supported by this engine`);
}
