import type {
  ContainerConfig,
  ContainerCreateRequest,
  DeviceMapping,
  ExecCreateRequest,
  HealthConfig,
  HostConfig,
  Mount,
  PortBinding,
  Resources,
  RestartPolicy,
  ThrottleDevice,
  Ulimit,
  WeightDevice,
} from "../../../api/types/container.ts";
import { EngineError } from "../../error.ts";
import {
  boolean,
  type Decoder,
  empty,
  integer,
  list,
  map,
  nullable,
  object,
  oneOf,
  required,
  size,
  string,
  stringOrList,
} from "../decode.ts";
import { decodeEndpoint } from "./network.ts";

/** Keys `80`, `80/tcp`, `8000-8010/udp`; anything else would be a port nobody can reach. */
function portKeys<T extends object>(decode: Decoder<T>): Decoder<T> {
  return (value, path) => {
    const decoded = decode(value, path);
    for (const key of Object.keys(decoded)) {
      if (/^\d{1,5}(-\d{1,5})?(\/(tcp|udp|sctp))?$/i.test(key)) continue;
      throw new EngineError("invalid-argument", `invalid port specification: "${key}" (${path})`);
    }
    return decoded;
  };
}

const strings = list(string);
const stringMap = map(string);
const emptyMap = map(empty);

const health = object<HealthConfig>({
  Test: strings,
  Interval: integer,
  Timeout: integer,
  Retries: integer,
  StartPeriod: integer,
  StartInterval: integer,
});

const containerConfig = {
  Hostname: string,
  Domainname: string,
  User: string,
  AttachStdin: boolean,
  AttachStdout: boolean,
  AttachStderr: boolean,
  ExposedPorts: portKeys(emptyMap),
  Tty: boolean,
  OpenStdin: boolean,
  StdinOnce: boolean,
  Env: strings,
  Cmd: stringOrList,
  Healthcheck: health,
  ArgsEscaped: boolean,
  Image: string,
  Volumes: emptyMap,
  WorkingDir: string,
  Entrypoint: stringOrList,
  NetworkDisabled: boolean,
  MacAddress: string,
  OnBuild: strings,
  Labels: stringMap,
  StopSignal: string,
  StopTimeout: integer,
  Shell: strings,
} satisfies { readonly [K in keyof ContainerConfig]-?: Decoder<NonNullable<ContainerConfig[K]>> };

const throttles = list(required(object<ThrottleDevice>({ Path: string, Rate: integer }), "Path", "Rate"));

/** What limits a container may have. */
export const resources = {
  CpuShares: integer,
  Memory: integer,
  CgroupParent: string,
  BlkioWeight: integer,
  CpuPeriod: integer,
  CpuQuota: integer,
  CpuRealtimePeriod: integer,
  CpuRealtimeRuntime: integer,
  CpusetCpus: string,
  CpusetMems: string,
  Devices: list(
    required(
      object<DeviceMapping>({ PathOnHost: string, PathInContainer: string, CgroupPermissions: string }),
      "PathOnHost",
      "PathInContainer",
      "CgroupPermissions",
    ),
  ),
  DeviceCgroupRules: strings,
  MemoryReservation: integer,
  MemorySwap: integer,
  MemorySwappiness: integer,
  NanoCpus: integer,
  OomKillDisable: boolean,
  PidsLimit: integer,
  DeviceRequests: list(empty),
  KernelMemory: integer,
  KernelMemoryTCP: integer,
  BlkioWeightDevice: list(
    required(object<WeightDevice>({ Path: string, Weight: integer }), "Path", "Weight"),
  ),
  BlkioDeviceReadBps: throttles,
  BlkioDeviceReadIOps: throttles,
  BlkioDeviceWriteBps: throttles,
  BlkioDeviceWriteIOps: throttles,
  CpuCount: integer,
  CpuPercent: integer,
  IOMaximumIOps: integer,
  IOMaximumBandwidth: integer,
  Ulimits: list(
    required(object<Ulimit>({ Name: string, Soft: integer, Hard: integer }), "Name", "Soft", "Hard"),
  ),
} satisfies { readonly [K in keyof Resources]-?: Decoder<NonNullable<Resources[K]>> };

const restartPolicy = object<RestartPolicy>({
  Name: oneOf("", "no", "always", "unless-stopped", "on-failure"),
  MaximumRetryCount: integer,
});

const mount = required(
  object<Mount>({
    Type: oneOf("bind", "volume", "tmpfs", "image", "npipe", "cluster"),
    Source: string,
    Target: string,
    ReadOnly: boolean,
    Consistency: string,
    BindOptions: object<NonNullable<Mount["BindOptions"]>>({
      Propagation: string,
      NonRecursive: boolean,
      CreateMountpoint: boolean,
      ReadOnlyNonRecursive: boolean,
      ReadOnlyForceRecursive: boolean,
    }),
    VolumeOptions: object<NonNullable<Mount["VolumeOptions"]>>({
      NoCopy: boolean,
      Labels: stringMap,
      DriverConfig: object<{ Name?: string; Options?: Readonly<Record<string, string>> }>({
        Name: string,
        Options: stringMap,
      }),
      Subpath: string,
    }),
    TmpfsOptions: object<NonNullable<Mount["TmpfsOptions"]>>({ SizeBytes: integer, Mode: integer }),
    ImageOptions: object<NonNullable<Mount["ImageOptions"]>>({ Subpath: string }),
  }),
  "Type",
  "Target",
);

const portBinding = object<PortBinding>({ HostIp: string, HostPort: string });

const hostConfig = object<HostConfig>({
  ...resources,
  Binds: strings,
  ContainerIDFile: string,
  LogConfig: object<NonNullable<HostConfig["LogConfig"]>>({ Type: string, Config: stringMap }),
  NetworkMode: string,
  PortBindings: portKeys(map(nullable(list(portBinding)))),
  RestartPolicy: restartPolicy,
  AutoRemove: boolean,
  VolumeDriver: string,
  VolumesFrom: strings,
  Mounts: list(mount),
  ConsoleSize: size,
  Annotations: stringMap,
  CapAdd: strings,
  CapDrop: strings,
  CgroupnsMode: string,
  Dns: strings,
  DnsOptions: strings,
  DnsSearch: strings,
  ExtraHosts: strings,
  GroupAdd: strings,
  IpcMode: string,
  Cgroup: string,
  Links: strings,
  OomScoreAdj: integer,
  PidMode: string,
  Privileged: boolean,
  PublishAllPorts: boolean,
  ReadonlyRootfs: boolean,
  SecurityOpt: strings,
  StorageOpt: stringMap,
  Tmpfs: stringMap,
  UTSMode: string,
  UsernsMode: string,
  ShmSize: integer,
  Sysctls: stringMap,
  Runtime: string,
  Isolation: string,
  MaskedPaths: strings,
  ReadonlyPaths: strings,
  Init: boolean,
});

/** Body of `POST /containers/create`. */
export const decodeContainerCreate: Decoder<ContainerCreateRequest> = object<ContainerCreateRequest>({
  ...containerConfig,
  HostConfig: hostConfig,
  NetworkingConfig: object<NonNullable<ContainerCreateRequest["NetworkingConfig"]>>({
    EndpointsConfig: map(nullable(decodeEndpoint)),
  }),
});

/** `POST /commit`: clients without a configuration of their own send `null`. */
export const decodeCommit: Decoder<ContainerConfig> = (value, path) =>
  value === null ? {} : object<ContainerConfig>(containerConfig)(value, path);

/** Body of `POST /containers/{id}/update`. */
export const decodeUpdate = object<Resources & { RestartPolicy?: RestartPolicy }>({
  ...resources,
  RestartPolicy: restartPolicy,
});

/** Body of `POST /containers/{id}/exec`. */
export const decodeExecCreate: Decoder<ExecCreateRequest> = object<ExecCreateRequest>({
  AttachStdin: boolean,
  AttachStdout: boolean,
  AttachStderr: boolean,
  ConsoleSize: size,
  DetachKeys: string,
  Tty: boolean,
  Env: strings,
  Cmd: strings,
  Privileged: boolean,
  User: string,
  WorkingDir: string,
});

/** Body of `POST /exec/{id}/start`. */
export const decodeExecStart = object<{
  Detach?: boolean;
  Tty?: boolean;
  ConsoleSize?: readonly [number, number];
}>({ Detach: boolean, Tty: boolean, ConsoleSize: size });
