import { readFile } from "node:fs/promises";
import { arch, cpus, hostname, version as kernelBuild, release, totalmem } from "node:os";
import { newestVersion, oldestVersion } from "../api/version.ts";
import type { HostFacts } from "./host/detect.ts";
import type { ContainerBackend, ImageBackend, SystemBackend, VolumeBackend } from "./http/backend.ts";

export interface SystemOptions {
  readonly version: string;
  readonly root: string;
  readonly instance: string;
  readonly host: HostFacts;
  readonly registryMirrors: readonly string[];
  readonly insecureRegistries: readonly string[];
  readonly containers: ContainerBackend;
  readonly images: ImageBackend & {
    readonly diskUsage: (
      signal: AbortSignal,
    ) => Promise<Readonly<Record<"LayersSize" | "Images" | "BuildCache", unknown>>>;
  };
  readonly volumes: VolumeBackend;
  /** What this host keeps containers from, for people; asked at each `info`. */
  readonly warnings: () => readonly string[];
}

/** What the engine says of itself: `version`, `info`, `system df`. */
export function createSystem(options: SystemOptions): SystemBackend {
  const { host, containers, images, volumes } = options;
  return {
    version: async () => ({
      Platform: { Name: `Berth ${options.version}` },
      Components: [
        { Name: "Engine", Version: options.version, Details: engineDetails() },
        { Name: host.runtime.name, Version: host.runtime.version, Details: null },
        { Name: "conmon", Version: host.conmon.version, Details: null },
      ],
      Version: options.version,
      ApiVersion: newestVersion,
      MinAPIVersion: oldestVersion,
      GitCommit: "",
      // Clients show it; there is no Go here, and Node's version is what a user would report instead.
      GoVersion: `node ${process.version}`,
      Os: "linux",
      Arch: goArch(),
      KernelVersion: release(),
      Experimental: false,
      BuildTime: "",
    }),
    info: () => info(options),
    diskUsage: async () => {
      const [imageUsage, containerList, volumeList] = await Promise.all([
        images.diskUsage(AbortSignal.timeout(300_000)),
        containers.list({ all: true, limit: undefined, size: true, filters: {} }),
        volumes.diskUsage(AbortSignal.timeout(300_000)),
      ]);
      return {
        ...imageUsage,
        Containers: containerList,
        Volumes: volumeList,
      };
    },
  };
}

/** What `docker version` shows. Clients print Go's version; there is no Go here, so it names Node. */
function engineDetails() {
  return {
    ApiVersion: newestVersion,
    MinAPIVersion: oldestVersion,
    Arch: goArch(),
    BuildTime: "",
    Experimental: "false",
    GitCommit: "",
    GoVersion: `node ${process.version}`,
    KernelVersion: release(),
    Os: "linux",
  };
}

async function info(options: SystemOptions) {
  const { host, instance } = options;
  const [containers, images, operatingSystem] = await Promise.all([
    options.containers.list({ all: true, limit: undefined, size: false, filters: {} }),
    options.images.list({ all: true, filters: {}, sharedSize: false }),
    prettyName(),
  ]);
  const inState = (...states: readonly string[]) =>
    containers.filter((each) => states.includes(each.State)).length;
  const running = inState("running", "restarting");
  const paused = inState("paused");
  const now = new Date().toISOString();
  return {
    ID: instance,
    Containers: containers.length,
    ContainersRunning: running,
    ContainersPaused: paused,
    ContainersStopped: containers.length - running - paused,
    Images: images.length,
    Driver: "overlay2",
    DriverStatus: [["Backing Filesystem", "overlayfs"]],
    Plugins: {
      Volume: ["local"],
      Network: ["bridge", "host", "none"],
      Authorization: null,
      Log: ["json-file"],
    },
    MemoryLimit: true,
    SwapLimit: host.hasSwapLimit,
    CpuCfsPeriod: true,
    CpuCfsQuota: true,
    CPUShares: true,
    CPUSet: true,
    PidsLimit: true,
    OomKillDisable: host.cgroupVersion === "1",
    IPv4Forwarding: true,
    Debug: false,
    NFd: -1,
    NGoroutines: -1,
    NEventsListener: 0,
    SystemTime: now,
    LoggingDriver: "json-file",
    CgroupDriver: "cgroupfs",
    CgroupVersion: host.cgroupVersion,
    KernelVersion: release(),
    OperatingSystem: operatingSystem,
    OSVersion: kernelBuild(),
    OSType: "linux",
    Architecture: machine(),
    IndexServerAddress: "https://index.docker.io/v1/",
    RegistryConfig: registryConfig(options),
    NCPU: cpus().length,
    MemTotal: totalmem(),
    GenericResources: null,
    DockerRootDir: options.root,
    HttpProxy: "",
    HttpsProxy: "",
    NoProxy: "",
    Name: hostname(),
    Labels: [],
    ExperimentalBuild: false,
    ServerVersion: options.version,
    Runtimes: { [host.runtime.name]: { path: host.runtime.path } },
    DefaultRuntime: host.runtime.name,
    Swarm: {
      NodeID: "",
      NodeAddr: "",
      LocalNodeState: "inactive",
      ControlAvailable: false,
      Error: "",
      RemoteManagers: null,
    },
    LiveRestoreEnabled: true,
    Isolation: "",
    InitBinary: "",
    ContainerdCommit: { ID: "" },
    RuncCommit: { ID: host.runtime.version },
    InitCommit: { ID: "" },
    SecurityOptions: ["name=seccomp,profile=builtin"],
    CDISpecDirs: [],
    Warnings: [
      ...(host.hasSwapLimit ? [] : ["WARNING: No swap limit support"]),
      ...options.warnings().map((warning) => `WARNING: ${warning}`),
    ],
  };
}

function registryConfig({ registryMirrors, insecureRegistries }: SystemOptions) {
  const insecure = insecureRegistries.map((name) => [
    name,
    { Name: name, Mirrors: [], Secure: false, Official: false },
  ]);
  return {
    InsecureRegistryCIDRs: ["127.0.0.0/8", "::1/128"],
    IndexConfigs: {
      "docker.io": { Name: "docker.io", Mirrors: registryMirrors, Secure: true, Official: true },
      ...Object.fromEntries(insecure),
    },
    Mirrors: registryMirrors,
  };
}

async function prettyName(): Promise<string> {
  const text = await readFile("/etc/os-release", "utf8").catch(() => "");
  return /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(text)?.[1] ?? "Linux";
}

/** Go's name of the processor, as images have it. */
function goArch(): string {
  const names: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386" };
  return names[arch()] ?? arch();
}

/** The kernel's name of the processor. */
function machine(): string {
  const names: Readonly<Record<string, string>> = { x64: "x86_64", arm64: "aarch64" };
  return names[arch()] ?? arch();
}
