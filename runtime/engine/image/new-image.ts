import type { Reference } from "../../model/reference.ts";
import type { LayerRef, NewImage } from "../build/ports.ts";
import type { ContentStore } from "../content/content-store.ts";
import { EngineError } from "../error.ts";
import { chainOn } from "../snapshot/chain-id.ts";
import type { OverlaySnapshots } from "../snapshot/overlay-snapshots.ts";
import type { Hold } from "./garbage.ts";
import type { ImageStore } from "./image-store.ts";
import type { Digest } from "./resolved.ts";

interface Parts {
  readonly store: ImageStore;
  readonly content: ContentStore;
  readonly snapshots: OverlaySnapshots;
}

/**
 * Writes the config of an image made here and gives the image its names. Layers that were not committed as snapshots are
 * unpacked. Throws `not-found` when the base or a layer is gone.
 */
export async function storeNewImage(
  { store, content, snapshots }: Parts,
  image: NewImage,
  names: readonly Reference[],
  hold: Hold,
): Promise<Digest> {
  const base = image.base === undefined ? undefined : store.get(image.base.id);
  if (image.base !== undefined && base === undefined) {
    throw new EngineError("not-found", `No such image: ${image.base.id}`);
  }
  const layers: readonly LayerRef[] = [...(base?.layers ?? []), ...image.layers];
  await hold.add(layers.map(({ digest }) => digest));
  let chain: Digest | undefined;
  for (const layer of layers) {
    const next = chainOn(chain, layer.diffId);
    await hold.add([next]);
    if (!snapshots.has(next)) await snapshots.unpack(layer, chain, AbortSignal.timeout(600_000));
    chain = next;
  }
  const rootfs = { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) };
  const own = Array.isArray(image.config.history) ? image.config.history : [];
  const history = [...(base?.config.history ?? []), ...own];
  const bytes = Buffer.from(JSON.stringify({ ...image.config, rootfs, history }));
  await using ingest = await content.begin({});
  await ingest.append(bytes);
  await hold.add([ingest.digestSoFar]);
  const { digest } = await ingest.commit();
  await store.put({ id: digest, layers, taggedAt: new Date().toISOString() }, names, content);
  return digest;
}
