import type { StringMap } from "./common.ts";
import type { ContainerSummary } from "./container.ts";
import type { ImageSummary } from "./image.ts";
import type { Volume } from "./volume.ts";

export interface SystemVersion {
  readonly Platform: { readonly Name: string };
  readonly Components: readonly {
    readonly Name: string;
    readonly Version: string;
    readonly Details: StringMap | null;
  }[];
  readonly Version: string;
  readonly ApiVersion: string;
  readonly MinAPIVersion: string;
  readonly GitCommit: string;
  readonly GoVersion: string;
  readonly Os: string;
  readonly Arch: string;
  readonly KernelVersion: string;
  readonly Experimental?: boolean;
  readonly BuildTime: string;
}

/** `GET /info`, the fields our own clients read; the engine sends all of the specification's. */
export interface SystemInfo {
  readonly ID: string;
  readonly Containers: number;
  readonly ContainersRunning: number;
  readonly ContainersPaused: number;
  readonly ContainersStopped: number;
  readonly Images: number;
  readonly Driver: string;
  readonly ServerVersion: string;
  readonly OperatingSystem: string;
  readonly OSType: string;
  readonly Architecture: string;
  readonly KernelVersion: string;
  readonly NCPU: number;
  readonly MemTotal: number;
  readonly Name: string;
  readonly DockerRootDir: string;
  readonly DefaultRuntime: string;
  readonly CgroupDriver: string;
  readonly CgroupVersion: string;
  readonly Warnings: readonly string[] | null;
  readonly [key: string]: unknown;
}

/** One line of `GET /events`. */
export interface EventMessage {
  readonly Type: "container" | "image" | "volume" | "network" | "daemon" | "builder";
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: StringMap };
  readonly scope: "local";
  /** Unix seconds. */
  readonly time: number;
  readonly timeNano: number;
  /** The three old spellings, sent to clients before 1.52. */
  readonly status?: string;
  readonly id?: string;
  readonly from?: string;
}

/** `GET /system/df`; sizes are bytes on the disk. */
export interface DiskUsage {
  /** Layers and blobs of all images, each counted once. */
  readonly LayersSize: number;
  readonly Images: readonly ImageSummary[] | null;
  readonly Containers: readonly ContainerSummary[] | null;
  readonly Volumes: readonly Volume[] | null;
  readonly BuildCache: readonly BuildCacheRecord[] | null;
}

/** One thing that builds left for other builds. */
export interface BuildCacheRecord {
  readonly ID: string;
  readonly Type: string;
  readonly Description: string;
  readonly InUse: boolean;
  readonly Shared: boolean;
  readonly Size: number;
  readonly CreatedAt?: string;
  readonly LastUsedAt?: string | null;
  readonly UsageCount?: number;
}
