import type { ContentStore } from "../content/content-store.ts";
import type { Digest } from "./resolved.ts";

export type LayerForm = "plain" | "gzip" | "zstd";

/** How a layer's blob is stored, told by its first bytes: archives call their layers what they like. */
export async function layerForm(content: ContentStore, blob: Digest): Promise<LayerForm> {
  const start: Buffer[] = await content.read(blob, { start: 0, end: 3 }).toArray();
  const hex = Buffer.concat(start).toString("hex");
  if (hex.startsWith("1f8b")) return "gzip";
  return hex === "28b52ffd" ? "zstd" : "plain";
}

/** Source: OCI image-spec v1.1, layer.md. */
export function layerMediaType(form: LayerForm): string {
  const tar = "application/vnd.oci.image.layer.v1.tar";
  return form === "plain" ? tar : `${tar}+${form}`;
}

/** An OCI manifest's bytes for a config and its layers, base first. */
export function ociManifest(
  config: { readonly digest: Digest; readonly sizeBytes: number },
  layers: readonly { readonly mediaType: string; readonly digest: Digest; readonly sizeBytes: number }[],
): Buffer {
  const manifest = {
    schemaVersion: 2,
    mediaType: ociManifestType,
    config: {
      mediaType: "application/vnd.oci.image.config.v1+json",
      digest: config.digest,
      size: config.sizeBytes,
    },
    layers: layers.map(({ mediaType, digest, sizeBytes }) => ({ mediaType, digest, size: sizeBytes })),
  };
  return Buffer.from(JSON.stringify(manifest));
}

export const ociManifestType = "application/vnd.oci.image.manifest.v1+json";
