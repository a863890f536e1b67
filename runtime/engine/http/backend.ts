import type { Readable } from "node:stream";
import type { PathStat } from "../../api/types/archive.ts";
import type {
  ContainerConfig,
  ContainerCreateRequest,
  ContainerCreateResponse,
  ContainerInspect,
  ContainerSummary,
  ExecCreateRequest,
  ExecInspect,
  Resources,
  RestartPolicy,
  WaitResponse,
} from "../../api/types/container.ts";
import type {
  DistributionInspect,
  ImageDeleteItem,
  ImageHistoryItem,
  ImageInspect,
  ImageSearchResult,
  ImageSummary,
  ProgressMessage,
  RegistryAuth,
} from "../../api/types/image.ts";
import type { EndpointSettings, NetworkCreateRequest, NetworkInspect } from "../../api/types/network.ts";
import type { ContainerStats } from "../../api/types/stats.ts";
import type { EventMessage, SystemInfo, SystemVersion } from "../../api/types/system.ts";
import type { Volume, VolumeCreateRequest } from "../../api/types/volume.ts";
import type { BuildSecrets } from "../build/secrets.ts";
import type { AttachSession, OutputChunk, StepLimits } from "../container/ports.ts";

/** What the routes call. A handler decodes, calls one of these, encodes. Names and ids are as the client sent them. */
export interface Backend {
  readonly containers: ContainerBackend;
  readonly execs: ExecBackend;
  readonly images: ImageBackend;
  readonly volumes: VolumeBackend;
  readonly networks: NetworkBackend;
  readonly builder: BuildBackend;
  readonly events: EventBackend;
  readonly system: SystemBackend;
  readonly captures: CaptureBackend;
}

/** Key to accepted values; a row matches when for each key one value matches. */
export type Filters = Readonly<Record<string, readonly string[]>>;

export type WaitCondition = "not-running" | "next-exit" | "removed";

export interface LogOptions {
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly follow: boolean;
  /** Unix seconds with fraction; 0 for no bound. */
  readonly since: number;
  readonly until: number;
  /** Lines from the end; undefined for all. */
  readonly tail: number | undefined;
}

export interface AttachOptions {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** Replay what was logged so far. */
  readonly logs: boolean;
  /** Go on with what is written from now on. */
  readonly stream: boolean;
}

export interface ContainerBackend {
  readonly create: (
    name: string | undefined,
    request: ContainerCreateRequest,
    platform: string | undefined,
    signal: AbortSignal,
  ) => Promise<ContainerCreateResponse>;
  /** `not-modified` when it runs already. */
  readonly start: (name: string, signal: AbortSignal) => Promise<void>;
  readonly stop: (
    name: string,
    options: { signal?: string; timeoutSeconds?: number },
    signal: AbortSignal,
  ) => Promise<void>;
  readonly restart: (
    name: string,
    options: { signal?: string; timeoutSeconds?: number },
    signal: AbortSignal,
  ) => Promise<void>;
  readonly kill: (name: string, killSignal: string, signal: AbortSignal) => Promise<void>;
  readonly pause: (name: string, signal: AbortSignal) => Promise<void>;
  readonly unpause: (name: string, signal: AbortSignal) => Promise<void>;
  readonly rename: (name: string, newName: string) => Promise<void>;
  readonly update: (
    name: string,
    change: Resources & { RestartPolicy?: RestartPolicy },
    signal: AbortSignal,
  ) => Promise<{ Warnings: readonly string[] }>;
  readonly remove: (
    name: string,
    options: { force: boolean; removeVolumes: boolean },
    signal: AbortSignal,
  ) => Promise<void>;
  readonly inspect: (name: string, options: { size: boolean }) => Promise<ContainerInspect>;
  readonly list: (options: {
    all: boolean;
    limit: number | undefined;
    size: boolean;
    filters: Filters;
  }) => Promise<readonly ContainerSummary[]>;
  /** Looks the container up first (so `not-found` comes before any answer); `exit` resolves when the condition is met. */
  readonly wait: (
    name: string,
    condition: WaitCondition,
    signal: AbortSignal,
  ) => Promise<{ readonly exit: Promise<WaitResponse> }>;
  readonly logs: (
    name: string,
    options: LogOptions,
    signal: AbortSignal,
  ) => Promise<{ readonly tty: boolean; readonly chunks: AsyncIterable<OutputChunk> }>;
  readonly attach: (name: string, options: AttachOptions, signal: AbortSignal) => Promise<AttachSession>;
  readonly resize: (name: string, size: { height: number; width: number }) => Promise<void>;
  readonly top: (
    name: string,
    psArgs: string,
    signal: AbortSignal,
  ) => Promise<{ Titles: readonly string[]; Processes: readonly (readonly string[])[] }>;
  /** What stands at a path in the container; a link itself unless the path ends with `/`. Throws `not-found`. */
  readonly statPath: (name: string, path: string, signal: AbortSignal) => Promise<PathStat>;
  /** A file or directory of the container as a tar archive. The chunks must be read, or the signal aborted. */
  readonly readArchive: (
    name: string,
    path: string,
    signal: AbortSignal,
  ) => Promise<{ readonly stat: PathStat; readonly chunks: AsyncIterable<Buffer> }>;
  /** Unpacks an archive (plain, gzip, bzip2, xz or zstd) in a directory of the container. */
  readonly writeArchive: (
    name: string,
    path: string,
    archive: Readable,
    options: { readonly noOverwriteDirNonDir: boolean; readonly copyUidGid: boolean },
    signal: AbortSignal,
  ) => Promise<void>;
  /** One sample with `stream` false, else one a second until the container is removed. */
  readonly stats: (
    name: string,
    options: { readonly stream: boolean; readonly oneShot: boolean },
    signal: AbortSignal,
  ) => Promise<AsyncIterable<ContainerStats>>;
  readonly prune: (
    filters: Filters,
    signal: AbortSignal,
  ) => Promise<{ ContainersDeleted: readonly string[]; SpaceReclaimed: number }>;
}

export interface ExecBackend {
  readonly create: (container: string, request: ExecCreateRequest) => Promise<{ Id: string }>;
  /** Undefined when detached. */
  readonly start: (
    id: string,
    options: { detach: boolean; tty: boolean; consoleSize?: readonly [height: number, width: number] },
    signal: AbortSignal,
  ) => Promise<AttachSession | undefined>;
  readonly inspect: (id: string) => Promise<ExecInspect>;
  readonly resize: (id: string, size: { height: number; width: number }) => Promise<void>;
}

export interface PullRequest {
  /** Reference with tag or digest; without either, `latest` unless `allTags`. */
  readonly reference: string;
  readonly platform: string | undefined;
  readonly auth: RegistryAuth | undefined;
  /** Every tag of the repository, which is named without one. */
  readonly allTags?: boolean;
}

export interface PushRequest {
  readonly name: string;
  /** Undefined, and none in `name`: all tags of the repository here. */
  readonly tag: string | undefined;
  readonly auth: RegistryAuth | undefined;
}

export interface ImageBackend {
  readonly list: (options: {
    all: boolean;
    filters: Filters;
    sharedSize: boolean;
    /** Tell which platforms of each image are here. */
    manifests?: boolean;
  }) => Promise<readonly ImageSummary[]>;
  readonly inspect: (name: string) => Promise<ImageInspect>;
  readonly search: (
    work: { readonly term: string; readonly limit: number; readonly auth: RegistryAuth | undefined },
    signal: AbortSignal,
  ) => Promise<readonly ImageSearchResult[]>;
  readonly history: (name: string) => Promise<readonly ImageHistoryItem[]>;
  /** Fails before the first message when the request itself is bad; later failures are thrown from the iteration. */
  readonly pull: (request: PullRequest, signal: AbortSignal) => AsyncIterable<ProgressMessage>;
  /** As `pull`. */
  readonly push: (request: PushRequest, signal: AbortSignal) => AsyncIterable<ProgressMessage>;
  /** What a registry has under a name; nothing of it is kept. */
  readonly distribution: (
    name: string,
    auth: RegistryAuth | undefined,
    signal: AbortSignal,
  ) => Promise<DistributionInspect>;
  /** Proves credentials at their registry. Throws `unauthorized` when it refuses them. */
  readonly login: (auth: RegistryAuth, signal: AbortSignal) => Promise<void>;
  readonly tag: (name: string, repository: string, tag: string) => Promise<void>;
  readonly remove: (
    name: string,
    options: { force: boolean; noPrune: boolean },
  ) => Promise<readonly ImageDeleteItem[]>;
  readonly prune: (
    filters: Filters,
    signal: AbortSignal,
  ) => Promise<{ ImagesDeleted: readonly ImageDeleteItem[]; SpaceReclaimed: number }>;
  /** A `docker save` archive or a packed OCI layout, plain, gzip or zstd. Failures are thrown from the iteration. */
  readonly load: (archive: Readable, signal: AbortSignal) => AsyncIterable<ProgressMessage>;
  /** Images as one archive, layout and `docker save` in one. Throws `not-found` before the first byte. */
  readonly save: (
    names: readonly string[],
    platform: string,
    signal: AbortSignal,
  ) => AsyncIterable<Uint8Array>;
  /** A root file system as a tar archive becomes an image of one layer; gives its id. */
  readonly importRootfs: (
    archive: Readable,
    options: { repository: string; tag: string; message: string; changes: readonly string[] },
    signal: AbortSignal,
  ) => Promise<string>;
}

/** `POST /commit`, decoded. */
export interface CommitRequest {
  readonly container: string;
  readonly repository: string;
  readonly tag: string;
  readonly comment: string;
  readonly author: string;
  readonly pause: boolean;
  readonly changes: readonly string[];
  /** Overrides what the container was made with. */
  readonly config: ContainerConfig;
}

/** A container's file system, taken as it is. */
export interface CaptureBackend {
  /** The container's file system and configuration become an image; gives its id. */
  readonly commit: (request: CommitRequest, signal: AbortSignal) => Promise<string>;
  /** What its processes changed, added (1) and deleted (2). */
  readonly changes: (
    container: string,
    signal: AbortSignal,
  ) => Promise<readonly { readonly Path: string; readonly Kind: number }[]>;
  /** All its files as a tar archive, without volumes. Throws `not-found` first. */
  readonly exportTree: (container: string, signal: AbortSignal) => Promise<AsyncIterable<Uint8Array>>;
}

export interface VolumeBackend {
  readonly list: (filters: Filters) => Promise<readonly Volume[]>;
  readonly create: (request: VolumeCreateRequest) => Promise<Volume>;
  readonly inspect: (name: string) => Promise<Volume>;
  readonly remove: (name: string, options: { force: boolean }) => Promise<void>;
  readonly prune: (
    filters: Filters,
  ) => Promise<{ VolumesDeleted: readonly string[]; SpaceReclaimed: number }>;
  /** All volumes with their `UsageData`. */
  readonly diskUsage: (signal: AbortSignal) => Promise<readonly Volume[]>;
}

export interface NetworkBackend {
  readonly list: (filters: Filters) => Promise<readonly NetworkInspect[]>;
  readonly create: (
    request: NetworkCreateRequest,
    signal: AbortSignal,
  ) => Promise<{ Id: string; Warning: string }>;
  readonly inspect: (name: string) => Promise<NetworkInspect>;
  readonly remove: (name: string, signal: AbortSignal) => Promise<void>;
  readonly connect: (
    network: string,
    container: string,
    endpoint: EndpointSettings,
    signal: AbortSignal,
  ) => Promise<void>;
  readonly disconnect: (
    network: string,
    container: string,
    options: { force: boolean },
    signal: AbortSignal,
  ) => Promise<void>;
  readonly prune: (filters: Filters, signal: AbortSignal) => Promise<{ NetworksDeleted: readonly string[] }>;
}

/** `POST /build`, decoded. Durations and sizes in the API's units. */
export interface BuildRequest {
  /** The context as a tar stream, possibly compressed with gzip, bzip2, xz or zstd. */
  readonly context: Readable;
  readonly dockerfile: string;
  readonly tags: readonly string[];
  readonly buildArgs: Readonly<Record<string, string | null>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly target: string;
  readonly noCache: boolean;
  readonly pull: boolean;
  readonly quiet: boolean;
  /** The answer is events (`BuildEvent`), not text. */
  readonly wantsEvents: boolean;
  readonly networkMode: string;
  readonly platform: string | undefined;
  readonly extraHosts: readonly string[];
  readonly shmSizeBytes: number | undefined;
  readonly limits: StepLimits;
  /** Images whose cache the client would like to be used. */
  readonly cacheFrom: readonly string[];
  /** Address of a repository, an archive or a Dockerfile that is the context instead. */
  readonly remote: string | undefined;
  readonly stopAt: StopPoint | undefined;
  /** Tell what the last instruction changed of the files. */
  readonly wantsChanges: boolean;
  /** What `offerSecrets` gave. */
  readonly secrets: string | undefined;
  readonly auth: Readonly<Record<string, RegistryAuth>>;
}

export interface BuildPruneOptions {
  /** Least recently used entries go until the rest has no more than this; 0 for all that can go. */
  readonly keepBytes: number;
  readonly filters: Filters;
}

/** Where a build ends that is not to go to its end: behind or before the instruction at a line (from 1). */
export interface StopPoint {
  readonly line: number;
  readonly side: "after" | "before";
}

export interface BuildBackend {
  readonly build: (request: BuildRequest, signal: AbortSignal) => AsyncIterable<ProgressMessage>;
  /** Keeps secrets for the one build that names them by what this gives. */
  readonly offerSecrets: (secrets: BuildSecrets) => string;
  /** Never takes what a running build uses. */
  readonly prune: (
    options: BuildPruneOptions,
  ) => Promise<{ CachesDeleted: readonly string[]; SpaceReclaimed: number }>;
}

export interface EventBackend {
  /** Past events of the ring since `since` (Unix seconds, 0 none), then live ones until `until` (0: for ever) or abort. */
  readonly subscribe: (
    options: { since: number; until: number; filters: Filters },
    signal: AbortSignal,
  ) => AsyncIterable<EventMessage>;
}

export interface SystemBackend {
  readonly version: () => Promise<SystemVersion>;
  readonly info: () => Promise<SystemInfo>;
  /** `GET /system/df`. */
  readonly diskUsage: () => Promise<Readonly<Record<string, unknown>>>;
}
