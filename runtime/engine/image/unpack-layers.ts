import type { LayerRef } from "../build/ports.ts";
import { chainOn } from "../snapshot/chain-id.ts";
import type { OverlaySnapshots } from "../snapshot/overlay-snapshots.ts";
import { Slots } from "../store/slots.ts";
import type { Digest } from "./resolved.ts";

/** Each has a `tar` and its buffers; more would wait for the disk. */
export const parallelUnpacks = 3;

/**
 * Unpacks layers (base first) that are in the content store beside each other: in overlayfs each has a directory of its
 * own. Throws the first failure after all have ended.
 */
export async function unpackLayers(
  snapshots: OverlaySnapshots,
  layers: readonly LayerRef[],
  signal: AbortSignal,
): Promise<void> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const slots = new Slots(parallelUnpacks);
  let parent: Digest | undefined;
  let below: Promise<unknown> = Promise.resolve();
  const works = layers.map((layer) => {
    const [own, ready] = [parent, below];
    const work = slots.run(() => snapshots.unpack(layer, own, either, ready), either);
    work.catch((error: unknown) => failed.abort(error));
    parent = chainOn(own, layer.diffId);
    below = work;
    return work;
  });
  await Promise.allSettled(works);
  either.throwIfAborted();
}
