import type { ContainerConfig } from "../../api/types/container.ts";

/** `sha256:` and 64 hex digits. */
export type Digest = `sha256:${string}`;

/** What a container or a build stage needs of an image: identity, configuration, and the stack of layers below it. */
export interface ResolvedImage {
  /** Digest of the image config. */
  readonly id: Digest;
  readonly config: ContainerConfig;
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
  /** Base first. Empty for an image without layers. */
  readonly diffIds: readonly Digest[];
  /** Chain id of `diffIds`; the committed snapshot to mount below; undefined without layers. */
  readonly chainId: Digest | undefined;
  readonly created: string | undefined;
  readonly repoTags: readonly string[];
}
