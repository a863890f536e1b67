import type { ContainerConfig, HostConfig } from "../../api/types/container.ts";
import { capabilitiesOf, grantedCapabilities } from "./capabilities.ts";
import type { ContainerMount } from "./document.ts";
import { mergeEnv } from "./merge-config.ts";
import type { OciDevice, OciMount, OciProcess, OciSeccomp, OciSpec, OciUser } from "./oci-spec.ts";
import { checkedSpec } from "./path-limit.ts";
import { type BlockDevices, deviceRules, resourceLimits } from "./resources.ts";
import { defaultSeccomp } from "./seccomp.ts";
import { parseSeccompProfile } from "./seccomp-profile.ts";
import { parseSecurityOptions } from "./security-options.ts";

/** All that decides a bundle; found before, so that this is pure. */
export interface BundleInput {
  readonly config: ContainerConfig;
  readonly hostConfig: HostConfig;
  readonly args: readonly string[];
  readonly hostname: string;
  readonly rootfs: string;
  readonly mounts: readonly ContainerMount[];
  /** Files of the engine that are bound over those of the image; undefined when a mount of the user's takes the place. */
  readonly files: readonly {
    readonly target: string;
    readonly source: string;
    /** Never to be written in the container, whatever its root is. */
    readonly readOnly?: boolean;
  }[];
  readonly user: OciUser;
  readonly devices: readonly (OciDevice & { readonly access: string })[];
  /** Those that I/O limits name. */
  readonly blockDevices: BlockDevices;
  /** Undefined: the host's. */
  readonly netnsPath: string | undefined;
  /** Namespaces of other containers, `/proc/PID/ns/…`. */
  readonly joined: { readonly pid?: string; readonly ipc?: string };
  /** Shared memory that stands on the host because several containers have it; undefined for one of the container's own. */
  readonly sharedMemory?: string;
  readonly cgroupsPath: string;
  readonly host: BundleHost;
}

/** What of the host decides a bundle. */
export interface BundleHost {
  readonly cgroupVersion: "1" | "2";
  readonly hasSeccomp: boolean;
  readonly capabilityMask: string;
  readonly architecture: string;
  /** Release of the kernel, `6.1.0-18-amd64`. */
  readonly kernel: string;
  /** Highest number of open files the engine may give; undefined when it may raise limits. */
  readonly rlimitCeilings: Readonly<Record<string, number>>;
}

/** The OCI bundle of a container: Docker's defaults, and what the request asks for. */
export function ociSpec(input: BundleInput): OciSpec {
  const { hostConfig: host } = input;
  const privileged = host.Privileged === true;
  const capabilities = bundleCapabilities(input);
  const seccomp = bundleSeccomp(input, capabilities);
  return checkedSpec({
    ociVersion: "1.0.2",
    process: mainProcess(input, capabilities),
    root: { path: input.rootfs, readonly: host.ReadonlyRootfs === true },
    ...(host.UTSMode === "host" ? {} : { hostname: input.hostname }),
    ...(host.UTSMode !== "host" && input.config.Domainname ? { domainname: input.config.Domainname } : {}),
    mounts: bundleMounts(input),
    ...(host.Annotations ? { annotations: host.Annotations } : {}),
    linux: {
      namespaces: namespaces(input),
      resources: {
        devices: deviceRules(host, input.devices),
        ...resourceLimits(host, input.blockDevices),
      },
      cgroupsPath: input.cgroupsPath,
      devices: input.devices.map(({ access: _, ...device }) => device),
      sysctl: sysctls(input),
      maskedPaths: privileged ? [] : (host.MaskedPaths ?? maskedPaths),
      readonlyPaths: privileged ? [] : (host.ReadonlyPaths ?? readonlyPaths),
      ...(input.mounts.some((mount) => mount.propagation.endsWith("shared"))
        ? { rootfsPropagation: "shared" }
        : {}),
      ...(seccomp === undefined ? {} : { seccomp }),
    },
  });
}

/** A profile of the user's own is for privileged containers, too, as in Docker. */
function bundleSeccomp(input: BundleInput, capabilities: readonly string[]): OciSeccomp | undefined {
  const { hostConfig, host } = input;
  const { seccomp } = parseSecurityOptions(hostConfig.SecurityOpt ?? []);
  if (!host.hasSeccomp || seccomp === "unconfined") return undefined;
  if (seccomp !== "builtin") return parseSeccompProfile(seccomp.profile, { ...host, capabilities });
  return hostConfig.Privileged === true ? undefined : defaultSeccomp(capabilities, host.architecture);
}

export function bundleCapabilities(input: Pick<BundleInput, "hostConfig" | "host">): string[] {
  return grantedCapabilities({
    privileged: input.hostConfig.Privileged === true,
    add: input.hostConfig.CapAdd ?? [],
    drop: input.hostConfig.CapDrop ?? [],
    available: capabilitiesOf(input.host.capabilityMask),
  });
}

function mainProcess(input: BundleInput, capabilities: readonly string[]): OciProcess {
  const { config, hostConfig } = input;
  const size = hostConfig.ConsoleSize;
  return {
    terminal: config.Tty === true,
    ...(config.Tty === true && size && size[0] > 0
      ? { consoleSize: { height: size[0], width: size[1] } }
      : {}),
    user: input.user,
    args: input.args,
    env: processEnv(config, input.hostname),
    cwd: config.WorkingDir || "/",
    capabilities: capabilitySets(capabilities, input.user),
    rlimits: rlimits(hostConfig, input.host),
    noNewPrivileges: parseSecurityOptions(hostConfig.SecurityOpt ?? []).noNewPrivileges,
    oomScoreAdj: hostConfig.OomScoreAdj ?? 0,
  };
}

/** Inheritable and ambient stay empty (CVE-2022-24769); a user other than root has none but keeps the bounding set. */
export function capabilitySets(capabilities: readonly string[], user: OciUser): OciProcess["capabilities"] {
  const own = user.uid === 0 ? capabilities : [];
  return { bounding: capabilities, effective: own, permitted: own, inheritable: [], ambient: [] };
}

/** Docker's environment: PATH, HOSTNAME, TERM with a terminal; then what image and request say. */
export function processEnv(config: ContainerConfig, hostname: string): string[] {
  const base = [
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    `HOSTNAME=${hostname}`,
    ...(config.Tty === true ? ["TERM=xterm"] : []),
  ];
  return mergeEnv(base, config.Env ?? []);
}

/** Limits asked for; where the engine may not raise its own (no CAP_SYS_RESOURCE), the inherited one is the most. */
export function rlimits(
  hostConfig: HostConfig,
  host: Pick<BundleHost, "rlimitCeilings">,
): OciProcess["rlimits"] {
  const unlimited = 2 ** 53 - 1;
  return (hostConfig.Ulimits ?? []).map((limit) => {
    const ceiling = host.rlimitCeilings[limit.Name] ?? unlimited;
    const bound = (value: number) => Math.min(value < 0 ? unlimited : value, ceiling);
    return { type: `RLIMIT_${limit.Name.toUpperCase()}`, soft: bound(limit.Soft), hard: bound(limit.Hard) };
  });
}

function namespaces(input: BundleInput): OciSpec["linux"]["namespaces"] {
  const { hostConfig: host, joined, netnsPath } = input;
  const wishes: { readonly type: string; readonly path?: string }[] = [{ type: "mount" }];
  if (netnsPath !== undefined) wishes.push({ type: "network", path: netnsPath });
  if (host.UTSMode !== "host") wishes.push({ type: "uts" });
  if (joined.pid !== undefined) wishes.push({ type: "pid", path: joined.pid });
  else if (host.PidMode !== "host") wishes.push({ type: "pid" });
  if (joined.ipc !== undefined) wishes.push({ type: "ipc", path: joined.ipc });
  else if (host.IpcMode !== "host") wishes.push({ type: "ipc" });
  if (privateCgroups(input)) wishes.push({ type: "cgroup" });
  return wishes;
}

/** Docker's default: private on cgroup v2, the host's on v1 and for privileged containers. */
function privateCgroups(input: BundleInput): boolean {
  const mode = input.hostConfig.CgroupnsMode ?? "";
  if (mode !== "") return mode === "private";
  return input.host.cgroupVersion === "2" && input.hostConfig.Privileged !== true;
}

function sysctls(input: BundleInput): Readonly<Record<string, string>> {
  const ownNetwork = input.netnsPath !== undefined;
  return {
    ...(ownNetwork
      ? { "net.ipv4.ip_unprivileged_port_start": "0", "net.ipv4.ping_group_range": "0 2147483647" }
      : {}),
    ...input.hostConfig.Sysctls,
  };
}

function bundleMounts(input: BundleInput): OciMount[] {
  const { hostConfig: host } = input;
  const privileged = host.Privileged === true;
  const readOnly = privileged ? "rw" : "ro";
  const targets = new Set(input.mounts.map((mount) => mount.target));
  const system: OciMount[] = [
    { destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"] },
    {
      destination: "/dev",
      type: "tmpfs",
      source: "tmpfs",
      options: ["nosuid", "strictatime", "mode=755", "size=65536k"],
    },
    {
      destination: "/dev/pts",
      type: "devpts",
      source: "devpts",
      options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
    },
    sysMount(input, readOnly),
    {
      destination: "/sys/fs/cgroup",
      type: "cgroup",
      source: "cgroup",
      options: [readOnly, "nosuid", "noexec", "nodev"],
    },
    { destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: ["nosuid", "noexec", "nodev"] },
    ...(host.IpcMode === "none" ? [] : [shmMount(input)]),
  ];
  const files = input.files.map(
    ({ target, source, readOnly: fixed }): OciMount => ({
      destination: target,
      type: "bind",
      source,
      options: ["rbind", "rprivate", ...(fixed === true || host.ReadonlyRootfs === true ? ["ro"] : [])],
    }),
  );
  return [...system, ...files]
    .filter((mount) => !targets.has(mount.destination))
    .concat(input.mounts.map(userMount));
}

function shmMount({ hostConfig: host, sharedMemory }: BundleInput): OciMount {
  const destination = "/dev/shm";
  const guard = ["nosuid", "noexec", "nodev"];
  if (sharedMemory !== undefined) {
    return { destination, type: "bind", source: sharedMemory, options: ["rbind", "rprivate", ...guard] };
  }
  return { destination, type: "tmpfs", source: "shm", options: [...guard, ...shmOptions(host)] };
}

/** Of the tmpfs at `/dev/shm`. */
export function shmOptions(host: HostConfig): string[] {
  return ["mode=1777", `size=${host.ShmSize || defaultShmBytes}`];
}

/** sysfs can only be mounted with a network namespace of one's own; on the host's it is bound. */
function sysMount(input: BundleInput, readOnly: string): OciMount {
  const options = ["nosuid", "noexec", "nodev", readOnly];
  return input.netnsPath === undefined
    ? { destination: "/sys", type: "bind", source: "/sys", options: ["rbind", "rprivate", ...options] }
    : { destination: "/sys", type: "sysfs", source: "sysfs", options };
}

function userMount(mount: ContainerMount): OciMount {
  if (mount.type === "tmpfs") {
    return {
      destination: mount.target,
      type: "tmpfs",
      source: "tmpfs",
      options: ["nosuid", "nodev", "noexec", ...mount.options, mount.readOnly ? "ro" : "rw"],
    };
  }
  return {
    destination: mount.target,
    type: "bind",
    source: mount.source,
    options: [
      mount.recursive ? "rbind" : "bind",
      mount.propagation === "" ? "rprivate" : mount.propagation,
      mount.readOnly ? "ro" : "rw",
      ...mount.options,
    ],
  };
}

const defaultShmBytes = 64 * 1024 * 1024;

/** Docker's, v28.2.2, with what its later advisories added (GHSA-6fw5-f8r9-fgfm, GHSA-jq35-85cj-fj4p). */
const maskedPaths: readonly string[] = [
  "/proc/acpi",
  "/proc/asound",
  "/proc/interrupts",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/sys/devices/virtual/powercap",
  "/sys/firmware",
];

const readonlyPaths: readonly string[] = [
  "/proc/bus",
  "/proc/fs",
  "/proc/irq",
  "/proc/sys",
  "/proc/sysrq-trigger",
];
