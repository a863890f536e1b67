import type { ImageSummary } from "../../api/types/image.ts";
import type { ContentStore } from "../content/content-store.ts";
import type { OverlaySnapshots } from "../snapshot/overlay-snapshots.ts";
import { summarizeImage } from "./describe.ts";
import type { Image, ImageStore } from "./image-store.ts";
import type { Digest } from "./resolved.ts";
import type { Unfinished } from "./unfinished.ts";

/** The part of `GET /system/df` that is about images. All sizes are what the files take on the disk. */
export interface ImageDiskUsage {
  /** Layers and blobs of all images, each counted once, and what came of pulls that did not end. */
  readonly LayersSize: number;
  readonly Images: readonly ImageSummary[];
  /** Layers that only the builder still has. */
  readonly BuildCache: readonly BuildCacheRow[];
}

export interface BuildCacheRow {
  readonly ID: string;
  readonly Type: "regular";
  readonly Description: string;
  readonly InUse: boolean;
  readonly Shared: boolean;
  readonly Size: number;
}

interface Parts {
  readonly store: ImageStore;
  readonly content: ContentStore;
  readonly snapshots: OverlaySnapshots;
  readonly unfinished: Unfinished;
}

/** Measures what images take; a layer or blob that several have is in their `SharedSize`. */
export async function measureImages(
  { store, content, snapshots, unfinished }: Parts,
  containersOf: (id: Digest) => Promise<number>,
  signal: AbortSignal,
): Promise<ImageDiskUsage> {
  const layerBytes = await snapshots.diskUsage(signal);
  const images = store.list();
  const bytes = new Map<string, number>();
  for (const [chain, size] of layerBytes) bytes.set(layerKey(chain), size);
  const owners = new Map<string, number>();
  for (const image of images) {
    for (const part of layerKeys(image)) owners.set(part, (owners.get(part) ?? 0) + 1);
    for (const blob of blobsOf(image)) {
      const part = blobKey(blob);
      owners.set(part, (owners.get(part) ?? 0) + 1);
      if (!bytes.has(part)) bytes.set(part, await content.diskBytes(blob));
    }
  }
  const sum = (parts: Iterable<string>) =>
    [...parts].reduce((total, part) => total + (bytes.get(part) ?? 0), 0);
  const rows = images.map(async (image): Promise<ImageSummary> => {
    const references = store.referencesOf(image.id);
    const parts = [...layerKeys(image), ...[...blobsOf(image)].map(blobKey)];
    const Size = sum(parts);
    return {
      ...summarizeImage(image, { references, layerBytes: () => 0 }),
      ...{ Size, VirtualSize: Size },
      SharedSize: sum(parts.filter((part) => (owners.get(part) ?? 0) > 1)),
      Containers: await containersOf(image.id),
    };
  });
  const cached = snapshots.built().filter(({ chain }) => !owners.has(layerKey(chain)));
  const cache = cached.map(async ({ chain, blob }): Promise<BuildCacheRow> => {
    const blobBytes = owners.has(blobKey(blob)) ? 0 : await content.diskBytes(blob);
    const Size = (layerBytes.get(chain) ?? 0) + blobBytes;
    const InUse = snapshots.isInUse(chain);
    return { ID: chain, Type: "regular", Description: "layer of a build", InUse, Shared: false, Size };
  });
  const partials = (await content.partials()).reduce((total, { diskBytes }) => total + diskBytes, 0);
  const whole = unfinished.digests().filter((digest) => !owners.has(blobKey(digest)));
  const kept = await Promise.all(whole.map((digest) => content.diskBytes(digest)));
  return {
    LayersSize: sum(owners.keys()) + kept.reduce((total, each) => total + each, partials),
    Images: await Promise.all(rows),
    BuildCache: await Promise.all(cache),
  };
}

// The first layer's chain id may be its blob's digest too: the two are told apart.
const layerKey = (chain: Digest) => `layer ${chain}`;
const blobKey = (digest: Digest) => `blob ${digest}`;

function layerKeys(image: Image): readonly string[] {
  return image.chain.map(layerKey);
}

function blobsOf(image: Image): ReadonlySet<Digest> {
  const manifest = image.manifest === undefined ? [] : [image.manifest.digest];
  return new Set([...image.layers.map(({ digest }) => digest), image.id, ...manifest]);
}
