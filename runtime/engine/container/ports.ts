import type { Readable, Writable } from "node:stream";
import type { ContainerNetworkSettings, HostConfig, PortMap } from "../../api/types/container.ts";
import type { EndpointSettings } from "../../api/types/network.ts";
import type { EventMessage } from "../../api/types/system.ts";
import type { Digest, ResolvedImage } from "../image/resolved.ts";

/** What the container room needs of its neighbours; `main.ts` hands the implementations over. */

export interface ImageSource {
  /** By id, id prefix, reference or digest. Throws `not-found` with `No such image: NAME`. */
  readonly resolve: (reference: string) => Promise<ResolvedImage>;
}

/** Writable layers over committed ones (snapshot room). */
export interface RootfsSource {
  /** Makes an active snapshot `key` over `parent`; `conflict` if `key` exists. */
  readonly prepare: (key: string, parent: Digest | undefined) => Promise<void>;
  /** Mounts the active snapshot at `target` (which is made); does nothing when it is mounted there already. */
  readonly mount: (key: string, target: string, signal: AbortSignal) => Promise<void>;
  /** Unmounts; does nothing when nothing is mounted. */
  readonly unmount: (target: string, signal: AbortSignal) => Promise<void>;
  /** Removes an active snapshot and its files; does nothing when there is none. */
  readonly remove: (key: string) => Promise<void>;
  /** Bytes written on top of the parent. */
  readonly usageBytes: (key: string) => Promise<number>;
  /** Bytes in the layer on top of a chain; 0 when it is unknown. */
  readonly layerBytes?: (chain: Digest) => number;
}

export interface VolumeMounts {
  /** Makes the volume when it is missing (a random 64-hex name when `name` is undefined) and notes the container as its user. */
  readonly acquire: (request: VolumeAcquire) => Promise<AcquiredVolume>;
  /** Before a start: a volume that is a mount may have been taken off by a reboot. Throws when it cannot be mounted. */
  readonly ensureMounted: (name: string) => Promise<void>;
  /** The container no longer uses the volume; `remove` also removes it when it is anonymous and unused. */
  readonly release: (
    name: string,
    containerId: string,
    options: { readonly removeAnonymous: boolean },
  ) => Promise<void>;
}

export interface VolumeAcquire {
  readonly name: string | undefined;
  readonly containerId: string;
  readonly driver?: string;
  readonly driverOpts?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface AcquiredVolume {
  readonly name: string;
  readonly driver: string;
  /** Directory on the host. */
  readonly path: string;
  /** Its file system is mounted so, whatever the container asks for. */
  readonly isReadOnly: boolean;
  /** True when nothing was ever copied in: image content at the mount point is copied up once. */
  readonly isEmpty: boolean;
}

export interface SandboxRequest {
  readonly containerId: string;
  readonly name: string;
  readonly hostname: string;
  readonly domainname: string;
  /** `default`, `bridge`, `host`, `none`, `container:ID` or a network's name or id. */
  readonly networkMode: string;
  /** Wanted endpoints by network name; holds the one of `networkMode` too when it has settings. */
  readonly endpoints: Readonly<Record<string, EndpointSettings>>;
  /**
   * The networks a container is in since it was made, by name: without the one of `networkMode` it was taken out of that.
   * Undefined for a new one.
   */
  readonly attached?: readonly string[];
  readonly portBindings: PortMap;
  readonly exposedPorts: readonly string[];
  readonly publishAllPorts: boolean;
  readonly dns: readonly string[];
  readonly dnsSearch: readonly string[];
  readonly dnsOptions: readonly string[];
  readonly extraHosts: readonly string[];
}

/** A network sandbox that stands: namespace, endpoints, published ports. */
export interface Sandbox {
  /** Path to join; undefined for the host's namespace. */
  readonly netnsPath: string | undefined;
  readonly settings: ContainerNetworkSettings;
  /** Text for the container's `/etc/resolv.conf` and `/etc/hosts`. */
  readonly resolvConf: string;
  readonly hosts: string;
}

/** The network room as containers see it. */
export interface SandboxNetworks {
  /** Fails early, at create: unknown network, bad address, bad port. Gives the endpoint table as inspect shows it before the start. */
  readonly plan: (request: SandboxRequest) => Promise<ContainerNetworkSettings>;
  /** Builds namespace, endpoints and published ports; all of it or, on failure, nothing. `conflict` names a port in use. */
  readonly create: (request: SandboxRequest, signal: AbortSignal) => Promise<Sandbox>;
  /** Takes everything of the container down; does nothing when there is nothing. */
  readonly remove: (containerId: string, signal: AbortSignal) => Promise<void>;
  /** The sandbox of a container that outlived an earlier engine; undefined when there is none. */
  readonly find: (containerId: string) => Promise<Sandbox | undefined>;
  /** The container is found under the new name from now on; does nothing when it has no sandbox. */
  readonly rename?: (containerId: string, name: string) => Promise<void>;
}

export type EventDraft = Pick<EventMessage, "Type" | "Action" | "Actor">;

export interface EventSink {
  readonly publish: (event: EventDraft) => void;
}

/** One piece of output as it was written. `stream` 1 is stdout, 2 is stderr. */
export interface OutputChunk {
  readonly stream: 1 | 2;
  readonly data: Buffer;
  /** RFC 3339 with nanoseconds. */
  readonly timestamp: string;
}

/** Both directions of an attached container or exec. Ends when the process ends; `detach` leaves it running. */
export interface AttachSession {
  readonly tty: boolean;
  readonly output: AsyncIterable<OutputChunk>;
  /** Undefined when stdin was not asked for or is not open. Ending it is the half-close. */
  readonly stdin: Writable | undefined;
  readonly detach: () => Promise<void>;
}

/** One process in a given root, for build steps: no supervisor, it dies with the caller. */
export interface StepRunner {
  readonly run: (step: StepRequest, signal: AbortSignal) => Promise<StepProcess>;
}

export interface StepRequest {
  readonly id: string;
  /** A mounted root file system. */
  readonly rootfs: string;
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
  /** `user`, `uid`, `user:group` …, resolved in the root's passwd and group. */
  readonly user: string;
  /** `default`, `host` or `none`. */
  readonly networkMode: string;
  readonly mounts: readonly StepMount[];
  readonly hostname?: string;
  readonly extraHosts?: readonly string[];
  readonly shmSizeBytes?: number;
  readonly limits?: StepLimits;
}

/** What a step may use, as containers are limited. */
export type StepLimits = Pick<
  HostConfig,
  "Memory" | "MemorySwap" | "CpuShares" | "CpuPeriod" | "CpuQuota" | "CpusetCpus" | "Ulimits"
>;

export interface StepMount {
  readonly type: "bind" | "tmpfs";
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  /** More mount options: of tmpfs `size=…`. */
  readonly options?: readonly string[];
}

export interface StepProcess {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Exit code; 128 + n for signal n. Resolves after all of the step's resources are gone. */
  readonly exited: Promise<number>;
}
