import type {
  ContainerConfig,
  ContainerNetworkSettings,
  Health,
  HostConfig,
} from "../../api/types/container.ts";
import type { EndpointSettings } from "../../api/types/network.ts";
import type { Digest } from "../image/resolved.ts";

/** All that the engine knows of a container, as it stands on disk. */
export interface ContainerDocument {
  readonly id: string;
  /** Without the leading slash. */
  readonly name: string;
  /** RFC 3339. */
  readonly created: string;
  readonly imageId: Digest;
  readonly chainId: Digest | undefined;
  readonly platform: string;
  /** Image and request merged. */
  readonly config: ContainerConfig;
  /** As asked for, defaults filled in. */
  readonly hostConfig: HostConfig;
  /** Program and arguments, entrypoint first. */
  readonly args: readonly string[];
  readonly mounts: readonly ContainerMount[];
  /** Wished networks by name. */
  readonly endpoints: Readonly<Record<string, EndpointSettings>>;
  /** As the network room told last; addresses are those of the last run. */
  readonly networkSettings: ContainerNetworkSettings;
  readonly state: StateDocument;
  readonly restartCount: number;
  /** The user stopped it: `unless-stopped` and `always` do not bring it back by themselves. */
  readonly stoppedByUser: boolean;
}

export interface StateDocument {
  readonly status: "created" | "running" | "paused" | "restarting" | "removing" | "exited" | "dead";
  readonly pid: number;
  readonly exitCode: number;
  readonly error: string;
  readonly oomKilled: boolean;
  /** RFC 3339 with nanoseconds, or `never`. */
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly health?: Health;
}

/** Docker's zero time. */
export const never = "0001-01-01T00:00:00Z";

/** A mount of a container, its source found and made. */
export interface ContainerMount {
  readonly type: "bind" | "volume" | "tmpfs";
  /** Name of the volume. */
  readonly name?: string;
  readonly driver?: string;
  /** Of a volume: only what is at this path in it. */
  readonly subpath?: string;
  /** Path on the host; "" for tmpfs. */
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  /** As inspect shows it: `z`, `ro`, … */
  readonly mode: string;
  /** `rprivate`, `rshared`, … */
  readonly propagation: string;
  readonly recursive: boolean;
  /** More mount options: of tmpfs `size=…`. */
  readonly options: readonly string[];
}

export const emptyNetworkSettings: ContainerNetworkSettings = {
  Bridge: "",
  SandboxID: "",
  SandboxKey: "",
  Ports: {},
  EndpointID: "",
  Gateway: "",
  GlobalIPv6Address: "",
  GlobalIPv6PrefixLen: 0,
  IPAddress: "",
  IPPrefixLen: 0,
  IPv6Gateway: "",
  MacAddress: "",
  Networks: {},
};

export function isRunning(state: StateDocument): boolean {
  return state.status === "running" || state.status === "paused";
}
