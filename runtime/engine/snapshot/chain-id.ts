import { createHash } from "node:crypto";
import type { Digest } from "../image/resolved.ts";

/** The chain id of `diffId` on top of `parent`. Source: OCI image-spec v1.1, config.md, "Layer ChainID". */
export function chainOn(parent: Digest | undefined, diffId: Digest): Digest {
  if (parent === undefined) return diffId;
  return `sha256:${createHash("sha256").update(`${parent} ${diffId}`).digest("hex")}`;
}

/** The chain ids of a stack of layers, base first, one for each layer. */
export function chainIds(diffIds: readonly Digest[]): Digest[] {
  const chain: Digest[] = [];
  for (const diffId of diffIds) chain.push(chainOn(chain.at(-1), diffId));
  return chain;
}
