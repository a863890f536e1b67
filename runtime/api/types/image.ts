import type { BuildEvent } from "./build.ts";
import type { StringMap } from "./common.ts";
import type { ContainerConfig } from "./container.ts";

/** `GET /images/{name}/json`. */
export interface ImageInspect {
  readonly Id: string;
  readonly RepoTags: readonly string[];
  readonly RepoDigests: readonly string[];
  readonly Parent: string;
  readonly Comment: string;
  readonly Created: string;
  readonly DockerVersion: string;
  readonly Author: string;
  readonly Config: ContainerConfig;
  readonly Architecture: string;
  readonly Variant?: string;
  readonly Os: string;
  readonly Size: number;
  readonly VirtualSize?: number;
  readonly GraphDriver: { readonly Name: string; readonly Data: StringMap | null };
  readonly RootFS: { readonly Type: string; readonly Layers: readonly string[] };
  readonly Metadata: { readonly LastTagTime: string };
}

/** Of `GET /images/json?manifests=true`: one for each platform of the image that is here. */
export interface ImageManifestSummary {
  readonly ID: string;
  readonly Descriptor: { readonly mediaType: string; readonly digest: string; readonly size: number };
  readonly Available: boolean;
  readonly Kind: "image" | "attestation" | "unknown";
  readonly Size: { readonly Content: number; readonly Total: number };
  readonly ImageData?: {
    readonly Platform: { readonly architecture: string; readonly os: string; readonly variant?: string };
    readonly Containers: readonly string[];
    readonly Size: { readonly Unpacked: number };
  };
}

/** One row of `GET /images/json`. */
export interface ImageSummary {
  readonly Id: string;
  readonly ParentId: string;
  readonly RepoTags: readonly string[];
  readonly RepoDigests: readonly string[];
  /** Unix seconds. */
  readonly Created: number;
  readonly Size: number;
  /** -1 when not asked for. */
  readonly SharedSize: number;
  readonly VirtualSize?: number;
  readonly Labels: StringMap | null;
  /** -1 when not counted. */
  readonly Containers: number;
  /** Only when asked for; empty for an image that was built here and has no manifest yet. */
  readonly Manifests?: readonly ImageManifestSummary[];
}

export interface ImageHistoryItem {
  readonly Id: string;
  readonly Created: number;
  readonly CreatedBy: string;
  readonly Tags: readonly string[] | null;
  readonly Size: number;
  readonly Comment: string;
}

export type ImageDeleteItem = { readonly Untagged: string } | { readonly Deleted: string };

/** One line of the streams of pull, push, load and build. */
export interface ProgressMessage {
  readonly stream?: string;
  readonly status?: string;
  readonly id?: string;
  readonly progress?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
  readonly aux?: {
    readonly ID?: string;
    readonly Tag?: string;
    readonly Digest?: string;
    readonly Size?: number;
  };
  readonly error?: string;
  readonly errorDetail?: { readonly code?: number; readonly message: string };
  /** Builds of this engine whose client asked for events (`events=1`) send these in place of text. */
  readonly build?: BuildEvent;
}

/** Credentials for one registry, sent base64url-encoded in `X-Registry-Auth`. */
export interface RegistryAuth {
  readonly username?: string;
  readonly password?: string;
  readonly serveraddress?: string;
  readonly identitytoken?: string;
}

/** `GET /distribution/{name}/json`. */
export interface DistributionInspect {
  readonly Descriptor: { readonly mediaType: string; readonly digest: string; readonly size: number };
  readonly Platforms: readonly {
    readonly architecture: string;
    readonly os: string;
    readonly variant?: string;
  }[];
}

/** `POST /auth`. */
export interface LoginAnswer {
  readonly Status: string;
  readonly IdentityToken: string;
}

/** One row of `GET /images/search`. */
export interface ImageSearchResult {
  readonly name: string;
  readonly description: string;
  readonly star_count: number;
  readonly is_official: boolean;
  /** Always false from Docker Hub, which has none any more. */
  readonly is_automated?: boolean;
}
