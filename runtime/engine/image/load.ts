import { addAbortSignal, type Readable } from "node:stream";
import type { ContainerConfig } from "../../api/types/container.ts";
import type { ProgressMessage } from "../../api/types/image.ts";
import { printFamiliar, type Reference } from "../../model/reference.ts";
import type { LayerRef } from "../build/ports.ts";
import type { ContentStore } from "../content/content-store.ts";
import { EngineError } from "../error.ts";
import { chainIds } from "../snapshot/chain-id.ts";
import { decompressed } from "../snapshot/decompress.ts";
import type { OverlaySnapshots } from "../snapshot/overlay-snapshots.ts";
import { type ArchivedImage, diffIdOf, diffIdsOf, readArchive } from "./archive.ts";
import type { Garbage, Hold } from "./garbage.ts";
import type { ImageStore } from "./image-store.ts";
import { storeNewImage } from "./new-image.ts";
import type { Digest } from "./resolved.ts";
import { unpackLayers } from "./unpack-layers.ts";

export interface LoadParts {
  readonly store: ImageStore;
  readonly content: ContentStore;
  readonly snapshots: OverlaySnapshots;
  readonly garbage: Garbage;
}

/** What `docker import` makes of a file system. */
export interface RootfsImage {
  readonly names: readonly Reference[];
  /** `config` of the image config: Cmd, Env … */
  readonly config: ContainerConfig;
  readonly message: string;
}

/** `docker load`: verifies, unpacks and names every image of an archive (plain, gzip or zstd). Leaves nothing on failure. */
export async function* loadImages(
  parts: LoadParts,
  source: Readable,
  signal: AbortSignal,
): AsyncGenerator<ProgressMessage, void, void> {
  try {
    await using hold = parts.garbage.hold();
    const plain = await plainOf(source, signal);
    for (const image of await readArchive(plain, parts.content, hold, signal)) {
      const id = await storeArchived(parts, image, hold, signal);
      for (const name of image.names) yield { stream: `Loaded image: ${printFamiliar(name)}\n` };
      if (image.names.length === 0) yield { stream: `Loaded image ID: ${id}\n` };
    }
  } finally {
    // Manifests and indexes of the archive itself belong to no image; after a failure nothing does.
    await parts.garbage.collect();
  }
}

/** `docker import`: a tar archive of a root file system becomes an image of one layer. */
export async function importRootfs(
  parts: LoadParts,
  source: Readable,
  image: RootfsImage,
  signal: AbortSignal,
): Promise<Digest> {
  try {
    await using hold = parts.garbage.hold();
    await using ingest = await parts.content.begin({});
    await ingest.appendAll(await plainOf(source, signal), signal);
    await hold.add([ingest.digestSoFar]);
    const { digest, sizeBytes } = await ingest.commit();
    const diffId = await diffIdOf(parts.content, digest, signal);
    const layer: LayerRef = {
      digest,
      diffId,
      sizeBytes,
      mediaType: "application/vnd.oci.image.layer.v1.tar",
    };
    const created = new Date().toISOString();
    const config = {
      created,
      architecture: process.arch === "x64" ? "amd64" : process.arch,
      os: "linux",
      config: image.config,
      history: [{ created, comment: image.message }],
    };
    return await storeNewImage(parts, { base: undefined, layers: [layer], config }, image.names, hold);
  } catch (error) {
    await parts.garbage.collect();
    throw error;
  }
}

async function storeArchived(
  parts: LoadParts,
  image: ArchivedImage,
  hold: Hold,
  signal: AbortSignal,
): Promise<Digest> {
  const { store, content, snapshots } = parts;
  const diffIds = await diffIdsOf(content, image);
  await hold.add(chainIds(diffIds));
  const layers = image.layers.map((layer, index): LayerRef => {
    const diffId = diffIds[index];
    if (diffId === undefined) throw new Error("diff ids and layers were counted");
    return { ...layer, diffId };
  });
  await unpackLayers(snapshots, layers, signal);
  const { manifest, config } = image;
  const known = store.get(config);
  const record = known ?? { id: config, layers, ...(manifest === undefined ? {} : { manifest }) };
  await store.put({ ...record, taggedAt: new Date().toISOString() }, image.names, content);
  return config;
}

/** Archives come as they are or compressed as a whole. */
async function plainOf(source: Readable, signal: AbortSignal): Promise<Readable> {
  return addAbortSignal(signal, await decompressed(notEmpty(source as AsyncIterable<Buffer>)));
}

async function* notEmpty(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
  let isEmpty = true;
  for await (const chunk of source) {
    isEmpty &&= chunk.length === 0;
    yield chunk;
  }
  if (isEmpty) throw new EngineError("invalid-argument", "malformed image archive: it is empty");
}
