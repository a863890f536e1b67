import type { Duplex } from "node:stream";
import type { PathStat } from "./types/archive.ts";
import type { StringMap } from "./types/common.ts";
import type {
  ContainerCreateRequest,
  ContainerCreateResponse,
  ContainerInspect,
  ContainerSummary,
  ContainerUpdateRequest,
  ExecCreateRequest,
  ExecInspect,
  HostConfig,
  WaitResponse,
} from "./types/container.ts";
import type {
  ImageDeleteItem,
  ImageHistoryItem,
  ImageInspect,
  ImageSearchResult,
  ImageSummary,
  LoginAnswer,
  ProgressMessage,
  RegistryAuth,
} from "./types/image.ts";
import type { EndpointSettings, NetworkCreateRequest, NetworkInspect } from "./types/network.ts";
import type { ContainerStats } from "./types/stats.ts";
import type { DiskUsage, EventMessage, SystemInfo, SystemVersion } from "./types/system.ts";
import type { Volume, VolumeCreateRequest } from "./types/volume.ts";

/** Filter key to accepted values. */
export type ApiFilters = Readonly<Record<string, readonly string[]>>;

/** One frame of a non-TTY stream, or raw bytes of a TTY one (then `stream` is 1). */
export interface Frame {
  readonly stream: 1 | 2;
  readonly data: Buffer;
}

/** A hijacked connection: writing is stdin (`end()` is the half-close), `frames` the demultiplexed output. */
export interface AttachedStream {
  readonly tty: boolean;
  readonly socket: Duplex;
  readonly frames: AsyncIterable<Frame>;
}

export interface BuildOptions {
  readonly dockerfile?: string;
  readonly tags?: readonly string[];
  readonly buildArgs?: Readonly<Record<string, string | null>>;
  readonly labels?: StringMap;
  readonly target?: string;
  readonly noCache?: boolean;
  readonly pull?: boolean;
  readonly quiet?: boolean;
  readonly networkMode?: string;
  readonly platform?: string;
  readonly extraHosts?: readonly string[];
  readonly shmSizeBytes?: number;
  readonly limits?: BuildLimits;
  readonly cacheFrom?: readonly string[];
  /** The engine fetches the context from there; none is sent. */
  readonly remote?: string;
  /** Berth's own: what `offerSecrets` gave. */
  readonly secrets?: string;
  /** Structured events (`ProgressMessage.build`) in place of text; engines that have none go on sending text. */
  readonly events?: boolean;
  /** Berth's own: the build ends behind, or before, the instruction at this line (from 1). */
  readonly stopAfter?: number;
  readonly stopBefore?: number;
  /** Berth's own: tell what the last instruction changed. */
  readonly changes?: boolean;
}

/** What a RUN may use. */
export type BuildLimits = Pick<
  HostConfig,
  "Memory" | "MemorySwap" | "CpuShares" | "CpuPeriod" | "CpuQuota" | "CpusetCpus" | "Ulimits"
>;

/**
 * The Engine API as our own clients use it; the same object drives Berth, Docker and Podman.
 * Every call throws `ApiError` (status and the server's message) or `ConnectionError` (no server in reach).
 * Streams fail from the iteration, an error line after 200 included.
 */
export interface EngineClient {
  readonly system: {
    readonly ping: (signal: AbortSignal) => Promise<{ readonly apiVersion: string; readonly osType: string }>;
    readonly version: (signal: AbortSignal) => Promise<SystemVersion>;
    readonly info: (signal: AbortSignal) => Promise<SystemInfo>;
    readonly events: (
      options: { readonly since?: number; readonly until?: number; readonly filters?: ApiFilters },
      signal: AbortSignal,
    ) => AsyncIterable<EventMessage>;
    readonly diskUsage: (signal: AbortSignal) => Promise<DiskUsage>;
    /** Proves credentials at their registry; the engine keeps none. */
    readonly login: (auth: RegistryAuth, signal: AbortSignal) => Promise<LoginAnswer>;
  };
  readonly containers: {
    readonly list: (
      options: {
        readonly all?: boolean;
        readonly limit?: number;
        readonly size?: boolean;
        readonly filters?: ApiFilters;
      },
      signal: AbortSignal,
    ) => Promise<readonly ContainerSummary[]>;
    readonly create: (
      request: ContainerCreateRequest,
      options: { readonly name?: string; readonly platform?: string },
      signal: AbortSignal,
    ) => Promise<ContainerCreateResponse>;
    readonly inspect: (id: string, signal: AbortSignal) => Promise<ContainerInspect>;
    readonly start: (id: string, signal: AbortSignal) => Promise<void>;
    readonly stop: (
      id: string,
      options: { readonly timeoutSeconds?: number; readonly signal?: string },
      signal: AbortSignal,
    ) => Promise<void>;
    readonly restart: (
      id: string,
      options: { readonly timeoutSeconds?: number; readonly signal?: string },
      signal: AbortSignal,
    ) => Promise<void>;
    readonly kill: (id: string, killSignal: string, signal: AbortSignal) => Promise<void>;
    readonly pause: (id: string, signal: AbortSignal) => Promise<void>;
    readonly unpause: (id: string, signal: AbortSignal) => Promise<void>;
    readonly rename: (id: string, name: string, signal: AbortSignal) => Promise<void>;
    readonly remove: (
      id: string,
      options: {
        readonly force?: boolean;
        readonly removeVolumes?: boolean;
        /** `id` names a link, and only that goes. */
        readonly link?: boolean;
      },
      signal: AbortSignal,
    ) => Promise<void>;
    /** Changes limits and restart policy. */
    readonly update: (
      id: string,
      request: ContainerUpdateRequest,
      signal: AbortSignal,
    ) => Promise<{ readonly Warnings: readonly string[] | null }>;
    readonly wait: (
      id: string,
      condition: "not-running" | "next-exit" | "removed",
      signal: AbortSignal,
    ) => Promise<WaitResponse>;
    /** The same, but gives back as soon as the server waits: an exit after that is not missed. */
    readonly beginWait: (
      id: string,
      condition: "not-running" | "next-exit" | "removed",
      signal: AbortSignal,
    ) => Promise<{ readonly exit: Promise<WaitResponse> }>;
    readonly logs: (
      id: string,
      options: {
        readonly follow?: boolean;
        readonly stdout?: boolean;
        readonly stderr?: boolean;
        readonly since?: number;
        readonly until?: number;
        readonly timestamps?: boolean;
        readonly tail?: number;
      },
      signal: AbortSignal,
    ) => AsyncIterable<Frame>;
    readonly attach: (
      id: string,
      options: {
        readonly stdin?: boolean;
        readonly stdout?: boolean;
        readonly stderr?: boolean;
        readonly logs?: boolean;
        readonly stream?: boolean;
        /** What leaves a terminal without ending it: `ctrl-p,ctrl-q` when not named. */
        readonly detachKeys?: string;
      },
      signal: AbortSignal,
    ) => Promise<AttachedStream>;
    readonly resize: (
      id: string,
      size: { readonly height: number; readonly width: number },
      signal: AbortSignal,
    ) => Promise<void>;
    /** The processes of a running container, as `ps` with `psArgs` prints them. */
    readonly top: (
      id: string,
      psArgs: string,
      signal: AbortSignal,
    ) => Promise<{ readonly Titles: readonly string[]; readonly Processes: readonly (readonly string[])[] }>;
    /** Samples, one a second; with `stream` false one that shows what was used in a second. */
    readonly stats: (
      id: string,
      options: { readonly stream: boolean },
      signal: AbortSignal,
    ) => AsyncIterable<ContainerStats>;
    /** What stands at a path in the container; `ApiError` 404 when there is nothing. */
    readonly statPath: (id: string, path: string, signal: AbortSignal) => Promise<PathStat>;
    /** A file or directory of the container as a tar archive. */
    readonly readArchive: (
      id: string,
      path: string,
      signal: AbortSignal,
    ) => Promise<{ readonly stat: PathStat; readonly chunks: AsyncIterable<Buffer> }>;
    /** Unpacks a tar archive in a directory of the container. */
    readonly writeArchive: (
      id: string,
      path: string,
      archive: AsyncIterable<Uint8Array>,
      options: { readonly noOverwriteDirNonDir?: boolean; readonly copyUidGid?: boolean },
      signal: AbortSignal,
    ) => Promise<void>;
    /** What its processes changed (0), added (1) and deleted (2). */
    readonly changes: (
      id: string,
      signal: AbortSignal,
    ) => Promise<readonly { readonly Path: string; readonly Kind: number }[] | null>;
    /** All its files as a tar archive, without volumes. */
    readonly exportTree: (id: string, signal: AbortSignal) => Promise<AsyncIterable<Buffer>>;
    readonly prune: (
      filters: ApiFilters,
      signal: AbortSignal,
    ) => Promise<{ readonly ContainersDeleted: readonly string[] | null; readonly SpaceReclaimed: number }>;
  };
  readonly execs: {
    readonly create: (
      container: string,
      request: ExecCreateRequest,
      signal: AbortSignal,
    ) => Promise<{ readonly Id: string }>;
    readonly start: (
      id: string,
      options: { readonly tty: boolean },
      signal: AbortSignal,
    ) => Promise<AttachedStream>;
    readonly startDetached: (id: string, signal: AbortSignal) => Promise<void>;
    readonly inspect: (id: string, signal: AbortSignal) => Promise<ExecInspect>;
    readonly resize: (
      id: string,
      size: { readonly height: number; readonly width: number },
      signal: AbortSignal,
    ) => Promise<void>;
  };
  readonly images: {
    readonly list: (
      options: { readonly all?: boolean; readonly filters?: ApiFilters },
      signal: AbortSignal,
    ) => Promise<readonly ImageSummary[]>;
    readonly inspect: (name: string, signal: AbortSignal) => Promise<ImageInspect>;
    readonly history: (name: string, signal: AbortSignal) => Promise<readonly ImageHistoryItem[]>;
    readonly pull: (
      reference: string,
      options: {
        readonly platform?: string;
        readonly auth?: RegistryAuth;
        /** All tags of the repository that `reference` names. */
        readonly allTags?: boolean;
      },
      signal: AbortSignal,
    ) => AsyncIterable<ProgressMessage>;
    readonly search: (
      term: string,
      options: { readonly limit?: number; readonly filters?: ApiFilters; readonly auth?: RegistryAuth },
      signal: AbortSignal,
    ) => Promise<readonly ImageSearchResult[]>;
    /** Without a tag in `name`, all tags of the repository. */
    readonly push: (
      name: string,
      options: { readonly auth?: RegistryAuth },
      signal: AbortSignal,
    ) => AsyncIterable<ProgressMessage>;
    /** A tar archive; fails before the first byte when an image is not there. */
    readonly save: (names: readonly string[], signal: AbortSignal) => Promise<AsyncIterable<Buffer>>;
    readonly load: (
      archive: AsyncIterable<Uint8Array>,
      signal: AbortSignal,
    ) => AsyncIterable<ProgressMessage>;
    /** The message has the new image's id as its status. */
    readonly importRootfs: (
      archive: AsyncIterable<Uint8Array>,
      options: {
        readonly repository: string;
        readonly tag: string;
        readonly message?: string;
        readonly changes?: readonly string[];
      },
      signal: AbortSignal,
    ) => AsyncIterable<ProgressMessage>;
    readonly commit: (
      container: string,
      options: {
        readonly repository: string;
        readonly tag: string;
        readonly comment?: string;
        readonly author?: string;
        readonly pause?: boolean;
        readonly changes?: readonly string[];
      },
      signal: AbortSignal,
    ) => Promise<{ readonly Id: string }>;
    readonly tag: (name: string, repository: string, tag: string, signal: AbortSignal) => Promise<void>;
    readonly remove: (
      name: string,
      options: { readonly force?: boolean; readonly noPrune?: boolean },
      signal: AbortSignal,
    ) => Promise<readonly ImageDeleteItem[]>;
    readonly prune: (
      filters: ApiFilters,
      signal: AbortSignal,
    ) => Promise<{
      readonly ImagesDeleted: readonly ImageDeleteItem[] | null;
      readonly SpaceReclaimed: number;
    }>;
    /** Removes what builds keep for other builds. */
    readonly pruneBuildCache: (
      options: { readonly all?: boolean; readonly keepStorageBytes?: number; readonly filters?: ApiFilters },
      signal: AbortSignal,
    ) => Promise<{ readonly CachesDeleted: readonly string[] | null; readonly SpaceReclaimed: number }>;
    /** Berth's own: secrets (base64) and sockets of SSH agents, by id, for the one build that names what this gives. */
    readonly offerSecrets: (
      offered: { readonly secrets: StringMap; readonly agents: StringMap },
      signal: AbortSignal,
    ) => Promise<{ readonly Id: string }>;
    /** `context` is a tar stream. */
    readonly build: (
      context: AsyncIterable<Uint8Array>,
      options: BuildOptions,
      signal: AbortSignal,
    ) => AsyncIterable<ProgressMessage>;
  };
  readonly volumes: {
    readonly list: (filters: ApiFilters, signal: AbortSignal) => Promise<readonly Volume[]>;
    readonly create: (request: VolumeCreateRequest, signal: AbortSignal) => Promise<Volume>;
    readonly inspect: (name: string, signal: AbortSignal) => Promise<Volume>;
    readonly remove: (
      name: string,
      options: { readonly force?: boolean },
      signal: AbortSignal,
    ) => Promise<void>;
    readonly prune: (
      filters: ApiFilters,
      signal: AbortSignal,
    ) => Promise<{ readonly VolumesDeleted: readonly string[] | null; readonly SpaceReclaimed: number }>;
  };
  readonly networks: {
    readonly list: (filters: ApiFilters, signal: AbortSignal) => Promise<readonly NetworkInspect[]>;
    readonly create: (
      request: NetworkCreateRequest,
      signal: AbortSignal,
    ) => Promise<{ readonly Id: string; readonly Warning: string }>;
    readonly inspect: (name: string, signal: AbortSignal) => Promise<NetworkInspect>;
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
      options: { readonly force?: boolean },
      signal: AbortSignal,
    ) => Promise<void>;
    readonly prune: (
      filters: ApiFilters,
      signal: AbortSignal,
    ) => Promise<{ readonly NetworksDeleted: readonly string[] | null }>;
  };
}

/** How to reach an engine: each call to `connect` gives a fresh byte stream (unix socket, SSH channel …). */
export interface EngineAddress {
  /** For messages: `unix:///run/berth.sock`, `ssh://user@host`. */
  readonly name: string;
  readonly connect: () => Duplex | Promise<Duplex>;
}
