import type { ImageManifestSummary } from "../../api/types/image.ts";
import type { ContentStore } from "../content/content-store.ts";
import { sizeOf } from "./describe.ts";
import type { Image } from "./image-store.ts";
import type { Digest } from "./resolved.ts";

/** The manifest an image came with, for clients that ask which platforms are here; none for an image built here. */
export async function manifestSummaries(
  image: Image,
  content: ContentStore,
  layerBytes: (chain: Digest) => number,
  containers: readonly string[],
): Promise<readonly ImageManifestSummary[]> {
  if (image.manifest === undefined) return [];
  const { digest, mediaType } = image.manifest;
  const { architecture, os, variant } = image.config;
  const blobs = new Set([digest, image.id, ...image.layers.map((layer) => layer.digest)]);
  const sizes = await Promise.all([...blobs].map(async (blob) => (await content.sizeBytes(blob)) ?? 0));
  const Content = sizes.reduce((sum, each) => sum + each, 0);
  const Unpacked = sizeOf(image, layerBytes);
  return [
    {
      ID: digest,
      Descriptor: { mediaType, digest, size: (await content.sizeBytes(digest)) ?? 0 },
      Available: true,
      Kind: "image",
      Size: { Content, Total: Content + Unpacked },
      ImageData: {
        Platform: { architecture, os, ...(variant === undefined ? {} : { variant }) },
        Containers: containers,
        Size: { Unpacked },
      },
    },
  ];
}
