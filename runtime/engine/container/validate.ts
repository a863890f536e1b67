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
  if (host.Runtime && !["runc", "crun", "io.containerd.runc.v2"].includes(host.Runtime)) {
    invalid(`unknown or invalid runtime name: ${host.Runtime}`);
  }
  if (host.VolumeDriver && host.VolumeDriver !== "local") missing(`volume driver "${host.VolumeDriver}"`);
  const log = host.LogConfig;
  if (log?.Type && !["json-file", "local", "k8s-file", "none"].includes(log.Type))
    missing(`logging driver "${log.Type}"`);
  for (const key of Object.keys(log?.Config ?? {})) {
    if (!["max-file", "max-size", "mode"].includes(key)) missing(`log option "${key}"`);
  }
  logLimit(host);
  for (const key of refusedKeys) if ((host[key]?.length ?? 0) > 0) missing(`HostConfig.${key}`);
}

const refusedKeys = [
  "DeviceRequests",
  "BlkioWeightDevice",
  "BlkioDeviceReadBps",
  "BlkioDeviceReadIOps",
  "BlkioDeviceWriteBps",
  "BlkioDeviceWriteIOps",
] as const;

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
  const swappiness = limits.MemorySwappiness ?? -1;
  if (swappiness < -1 || swappiness > 100)
    invalid(`Invalid value: ${swappiness}, valid memory swappiness range is 0-100`);
  if ((limits.NanoCpus ?? 0) > 0 && ((limits.CpuQuota ?? 0) > 0 || (limits.CpuPeriod ?? 0) > 0)) {
    invalid("Conflicting options: Nano CPUs and CPU Quota/Period cannot both be set");
  }
  if ((limits.NanoCpus ?? 0) < 0) invalid("invalid CPU limit: must not be negative");
  const weight = limits.BlkioWeight ?? 0;
  if (weight !== 0 && (weight < 10 || weight > 1000)) invalid("Range of blkio weight is from 10 to 1000");
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

function validateSecurity(host: HostConfig): void {
  grantedCapabilities({
    privileged: false,
    add: host.CapAdd ?? [],
    drop: host.CapDrop ?? [],
    available: [],
  });
  for (const option of host.SecurityOpt ?? []) {
    const known =
      /^(no-new-privileges(?:[:=](?:true|false))?|seccomp[:=]unconfined|apparmor[:=]unconfined|label[:=]disable)$/;
    if (!known.test(option)) missing(`security option "${option}"`);
  }
  for (const group of host.GroupAdd ?? []) if (group === "") invalid("empty group name in GroupAdd");
}

function invalid(message: string): never {
  throw new EngineError("invalid-argument", message);
}

function missing(what: string): never {
  throw new EngineError("not-implemented", `${what} is not supported by this engine`);
}
