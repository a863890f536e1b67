import type { HostConfig, Mount, PortBinding } from "../api/types/container.ts";
import type { Project, Service, ServiceMount } from "../model/compose/types.ts";
import type { RequestOptions } from "./request-options.ts";

/** What a service asks of the host; `network` is the engine's name of its first network. */
export function hostConfig(
  project: Project,
  service: Service,
  network: string | undefined,
  options: RequestOptions,
): HostConfig {
  const { limits } = service;
  const shared = (mode: string | undefined): string | undefined => {
    return mode?.startsWith("service:")
      ? `container:${options.containerOf(mode.slice("service:".length))}`
      : mode;
  };
  return {
    NetworkMode: shared(service.networkMode) ?? network ?? "none",
    PidMode: shared(service.pid),
    IpcMode: shared(service.ipc),
    UTSMode: service.uts,
    UsernsMode: service.usernsMode,
    CgroupnsMode: service.cgroup,
    CgroupParent: service.cgroupParent,
    Runtime: service.runtime,
    RestartPolicy: restartPolicy(service, options.identity.oneOff),
    PortBindings: portBindings(service),
    Binds: service.volumes.flatMap((mount) => bindText(mount) ?? []),
    Mounts: mounts(project, service, options),
    VolumesFrom: service.volumesFrom.map((source) => volumesFrom(source, options)),
    Tmpfs: Object.fromEntries(service.tmpfs.map(splitTmpfs)),
    CapAdd: service.capAdd,
    CapDrop: service.capDrop,
    Privileged: service.privileged,
    ReadonlyRootfs: service.readOnly,
    SecurityOpt: service.securityOpt.map((option) => option.replace(/^([a-z-]+):/, "$1=")),
    GroupAdd: service.groupAdd,
    Init: service.init,
    ExtraHosts: service.extraHosts,
    Dns: service.dns,
    DnsSearch: service.dnsSearch,
    DnsOptions: service.dnsOptions,
    Ulimits: service.ulimits.map((limit) => ({ Name: limit.name, Soft: limit.soft, Hard: limit.hard })),
    Sysctls: service.sysctls,
    StorageOpt: Object.keys(service.storageOpt).length === 0 ? undefined : service.storageOpt,
    Annotations: Object.keys(service.annotations).length === 0 ? undefined : service.annotations,
    Devices: service.devices.map((device) => ({
      PathOnHost: device.source,
      PathInContainer: device.target,
      CgroupPermissions: device.permissions,
    })),
    DeviceCgroupRules: service.deviceCgroupRules,
    LogConfig:
      service.logging === undefined
        ? undefined
        : { Type: service.logging.driver, Config: service.logging.options },
    Memory: limits.memoryBytes,
    MemoryReservation: limits.memoryReservationBytes,
    MemorySwap: limits.memorySwapBytes,
    MemorySwappiness: limits.memorySwappiness,
    NanoCpus: limits.cpuNano,
    CpuShares: limits.cpuShares,
    CpuPeriod: limits.cpuPeriod,
    CpuQuota: limits.cpuQuota,
    CpusetCpus: limits.cpuset,
    PidsLimit: limits.pids,
    ShmSize: limits.shmSizeBytes,
    OomKillDisable: limits.oomKillDisable,
    OomScoreAdj: limits.oomScoreAdj,
  };
}

function restartPolicy(service: Service, oneOff: boolean): HostConfig["RestartPolicy"] {
  if (service.restart === undefined || oneOff) return undefined;
  return { Name: service.restart.name, MaximumRetryCount: service.restart.maximumRetryCount };
}

function portBindings(service: Service): Readonly<Record<string, readonly PortBinding[]>> {
  const bindings = new Map<string, PortBinding[]>();
  for (const port of service.ports) {
    const key = `${port.target}/${port.protocol}`;
    const binding = { HostIp: port.hostIp ?? "", HostPort: port.published ?? "" };
    bindings.set(key, [...(bindings.get(key) ?? []), binding]);
  }
  return Object.fromEntries(bindings);
}

/** The old spelling of a bind is the one that makes the directory on the host when it is missing. */
function bindText(mount: ServiceMount): string | undefined {
  if (mount.type !== "bind" || !isOldStyleBind(mount)) return undefined;
  const options = [mount.readOnly ? "ro" : "rw", mount.selinux, mount.propagation].filter(
    (option) => option !== undefined,
  );
  return `${mount.source}:${mount.target}:${options.join(",")}`;
}

function isOldStyleBind(mount: ServiceMount & { readonly type: "bind" }): boolean {
  return (mount.createHostPath || mount.selinux !== undefined) && !mount.source.includes(":");
}

function mounts(project: Project, service: Service, options: RequestOptions): readonly Mount[] {
  const own = service.volumes.flatMap((mount) => mountOf(project, mount) ?? []);
  const inherited = options.inheritedVolumes.map(
    (volume): Mount => ({ Type: "volume", Source: volume.name, Target: volume.target }),
  );
  const files = [
    ...service.secrets.map((reference) => ({ reference, object: project.secrets.get(reference.source) })),
    ...service.configs.map((reference) => ({ reference, object: project.configs.get(reference.source) })),
  ].flatMap(({ reference, object }): Mount[] => {
    if (object?.file === undefined) return [];
    return [{ Type: "bind", Source: object.file, Target: reference.target, ReadOnly: true }];
  });
  return [...own, ...inherited, ...files];
}

function mountOf(project: Project, mount: ServiceMount): Mount | undefined {
  const base = { Target: mount.target, ReadOnly: mount.readOnly };
  switch (mount.type) {
    case "bind": {
      if (isOldStyleBind(mount)) return undefined;
      const bindOptions = mount.propagation === undefined ? undefined : { Propagation: mount.propagation };
      return { ...base, Type: "bind", Source: mount.source, BindOptions: bindOptions };
    }
    case "volume": {
      if (mount.source === undefined) return undefined;
      const source = project.volumes.get(mount.source)?.name ?? mount.source;
      const isPlain = !mount.noCopy && mount.subpath === undefined;
      const volumeOptions = isPlain ? undefined : { NoCopy: mount.noCopy, Subpath: mount.subpath };
      return { ...base, Type: "volume", Source: source, VolumeOptions: volumeOptions };
    }
    case "tmpfs":
      return { ...base, Type: "tmpfs", TmpfsOptions: { SizeBytes: mount.sizeBytes, Mode: mount.mode } };
  }
}

/** `SERVICE[:ro]` or `container:NAME[:ro]` to `CONTAINER[:ro]`. */
function volumesFrom(source: string, options: RequestOptions): string {
  if (source.startsWith("container:")) return source.slice("container:".length);
  const [service = "", ...rest] = source.split(":");
  return [options.containerOf(service), ...rest].join(":");
}

function splitTmpfs(text: string): readonly [path: string, options: string] {
  const colon = text.indexOf(":");
  return colon < 0 ? [text, ""] : [text.slice(0, colon), text.slice(colon + 1)];
}
