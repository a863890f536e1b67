import type { OffsetRange, Problem } from "../text/problem.ts";

/** Where something stands: a file of the project and a range in its text. */
export interface Place {
  readonly file: string;
  readonly range: OffsetRange;
}

/** A finding in one of the project's files. */
export interface ComposeProblem extends Problem {
  readonly file: string;
}

/** String to string, in file order. */
export type StringMap = Readonly<Record<string, string>>;

/** A project as all its files together mean it: variables filled in, files merged, every short form written out. */
export interface Project {
  readonly name: string;
  /** Absolute; relative paths in the files are resolved already. */
  readonly directory: string;
  /** Absolute paths of the Compose files, in merge order. */
  readonly files: readonly string[];
  /** Services of the active profiles, in file order. */
  readonly services: ReadonlyMap<string, Service>;
  /** Services that no active profile enables. */
  readonly disabledServices: ReadonlyMap<string, Service>;
  readonly networks: ReadonlyMap<string, Network>;
  readonly volumes: ReadonlyMap<string, Volume>;
  readonly secrets: ReadonlyMap<string, FileObject>;
  readonly configs: ReadonlyMap<string, FileObject>;
}

/** A key the specification knows and this model does not carry; `path` is relative to its service: `deploy.placement`. */
export interface UnmodelledKey {
  readonly path: string;
  readonly place: Place;
}

export type PullPolicy = "always" | "never" | "missing" | "build";

export interface Service {
  readonly name: string;
  /** The service's key. */
  readonly place: Place;
  readonly profiles: readonly string[];
  readonly containerName?: string;
  readonly image?: string;
  readonly build?: Build;
  readonly pullPolicy?: PullPolicy;
  readonly platform?: string;
  /** Undefined: the image's own. */
  readonly command?: readonly string[];
  /** Undefined: the image's own. */
  readonly entrypoint?: readonly string[];
  readonly user?: string;
  readonly groupAdd: readonly string[];
  readonly workingDir?: string;
  readonly hostname?: string;
  readonly domainname?: string;
  readonly macAddress?: string;
  readonly tty: boolean;
  readonly stdinOpen: boolean;
  readonly init?: boolean;
  readonly privileged: boolean;
  readonly readOnly: boolean;
  /** `env_file` and `environment` together. */
  readonly environment: StringMap;
  readonly labels: StringMap;
  readonly annotations: StringMap;
  readonly ports: readonly PublishedPort[];
  /** `3000/tcp`; ranges are written out. */
  readonly expose: readonly string[];
  readonly volumes: readonly ServiceMount[];
  readonly volumesFrom: readonly string[];
  /** `PATH` or `PATH:OPTIONS`. */
  readonly tmpfs: readonly string[];
  /** Empty when `networkMode` is given. */
  readonly networks: ReadonlyMap<string, NetworkAttachment>;
  readonly networkMode?: string;
  readonly dependsOn: ReadonlyMap<string, Dependency>;
  readonly links: readonly string[];
  readonly healthcheck?: Healthcheck;
  readonly restart?: RestartPolicy;
  readonly stopSignal?: string;
  readonly stopGracePeriodMs?: number;
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  readonly securityOpt: readonly string[];
  readonly devices: readonly Device[];
  readonly deviceCgroupRules: readonly string[];
  /** `NAME:ADDRESS`. */
  readonly extraHosts: readonly string[];
  readonly dns: readonly string[];
  readonly dnsSearch: readonly string[];
  readonly dnsOptions: readonly string[];
  readonly ulimits: readonly Ulimit[];
  readonly sysctls: StringMap;
  readonly storageOpt: StringMap;
  readonly limits: Limits;
  readonly pid?: string;
  readonly ipc?: string;
  readonly uts?: string;
  readonly usernsMode?: string;
  readonly cgroup?: string;
  readonly cgroupParent?: string;
  readonly runtime?: string;
  readonly logging?: { readonly driver?: string; readonly options: StringMap };
  readonly secrets: readonly FileReference[];
  readonly configs: readonly FileReference[];
  /** `scale` or `deploy.replicas`; 1 when neither is given. */
  readonly replicas: number;
  readonly unmodelled: readonly UnmodelledKey[];
}

export interface Build {
  /** Absolute path; a URL when the context is remote. */
  readonly context: string;
  /** Relative to the context. */
  readonly dockerfile?: string;
  readonly dockerfileInline?: string;
  /** Null: the value comes from the environment of who builds, and there is none. */
  readonly args: Readonly<Record<string, string | null>>;
  readonly labels: StringMap;
  readonly target?: string;
  readonly network?: string;
  readonly noCache: boolean;
  readonly pull: boolean;
  readonly tags: readonly string[];
  readonly platforms: readonly string[];
  readonly extraHosts: readonly string[];
  readonly shmSizeBytes?: number;
}

export interface PublishedPort {
  readonly hostIp?: string;
  /** One port, a range `8000-8010` for the engine to choose from, or undefined: any free port. */
  readonly published?: string;
  readonly target: number;
  readonly protocol: string;
  readonly place: Place;
}

/** What a service mounts. Sources of binds are absolute; a volume without source is anonymous. */
export type ServiceMount =
  | {
      readonly type: "bind";
      readonly source: string;
      readonly target: string;
      readonly readOnly: boolean;
      readonly propagation?: string;
      readonly createHostPath: boolean;
      readonly selinux?: string;
      readonly place: Place;
    }
  | {
      readonly type: "volume";
      readonly source?: string;
      readonly target: string;
      readonly readOnly: boolean;
      readonly noCopy: boolean;
      readonly subpath?: string;
      readonly place: Place;
    }
  | {
      readonly type: "tmpfs";
      readonly target: string;
      readonly readOnly: boolean;
      readonly sizeBytes?: number;
      readonly mode?: number;
      readonly place: Place;
    };

export interface NetworkAttachment {
  readonly aliases: readonly string[];
  readonly ipv4Address?: string;
  readonly ipv6Address?: string;
  readonly linkLocalIps: readonly string[];
  readonly macAddress?: string;
  readonly driverOpts: StringMap;
  /** Higher is attached first. */
  readonly priority: number;
  readonly gatewayPriority?: number;
}

export type DependencyCondition = "service_started" | "service_healthy" | "service_completed_successfully";

export interface Dependency {
  readonly condition: DependencyCondition;
  /** Restart the dependent when the dependency was recreated or restarted. */
  readonly restart: boolean;
  /** False: a dependency that is missing or does not get ready is only warned about. */
  readonly required: boolean;
}

/** Durations in milliseconds; what is undefined comes from the image. */
export interface Healthcheck {
  readonly disable: boolean;
  /** First word is NONE, CMD or CMD-SHELL. */
  readonly test?: readonly string[];
  readonly intervalMs?: number;
  readonly timeoutMs?: number;
  readonly startPeriodMs?: number;
  readonly startIntervalMs?: number;
  readonly retries?: number;
}

export interface RestartPolicy {
  readonly name: "no" | "always" | "unless-stopped" | "on-failure";
  readonly maximumRetryCount?: number;
}

export interface Device {
  readonly source: string;
  readonly target: string;
  readonly permissions: string;
}

export interface Ulimit {
  readonly name: string;
  readonly soft: number;
  readonly hard: number;
}

/** Sizes in bytes, CPU quantities in nano-CPUs where they say so. */
export interface Limits {
  readonly memoryBytes?: number;
  readonly memoryReservationBytes?: number;
  /** -1: unlimited. */
  readonly memorySwapBytes?: number;
  readonly memorySwappiness?: number;
  readonly cpuNano?: number;
  readonly cpuShares?: number;
  readonly cpuPeriod?: number;
  readonly cpuQuota?: number;
  readonly cpuset?: string;
  readonly pids?: number;
  readonly shmSizeBytes?: number;
  readonly oomKillDisable?: boolean;
  readonly oomScoreAdj?: number;
}

/** A service's use of a secret or config. */
export interface FileReference {
  readonly source: string;
  /** Absolute path in the container. */
  readonly target: string;
  readonly uid?: string;
  readonly gid?: string;
  readonly mode?: number;
  readonly place: Place;
}

/** A secret or config of the project. */
export interface FileObject {
  /** Its name for the engine. */
  readonly name: string;
  readonly place: Place;
  readonly external: boolean;
  /** Absolute. */
  readonly file?: string;
  /** Name of the variable that holds it. */
  readonly environment?: string;
  readonly content?: string;
}

export interface Network {
  /** Its name for the engine: `PROJECT_KEY` unless the file names it. */
  readonly name: string;
  readonly place: Place;
  readonly external: boolean;
  readonly driver?: string;
  readonly driverOpts: StringMap;
  readonly internal: boolean;
  readonly attachable: boolean;
  readonly enableIpv4?: boolean;
  readonly enableIpv6?: boolean;
  readonly labels: StringMap;
  readonly ipam?: Ipam;
}

export interface Ipam {
  readonly driver?: string;
  readonly pools: readonly {
    readonly subnet?: string;
    readonly ipRange?: string;
    readonly gateway?: string;
    readonly auxAddresses: StringMap;
  }[];
  readonly options: StringMap;
}

export interface Volume {
  /** Its name for the engine: `PROJECT_KEY` unless the file names it. */
  readonly name: string;
  readonly place: Place;
  readonly external: boolean;
  readonly driver?: string;
  readonly driverOpts: StringMap;
  readonly labels: StringMap;
}
