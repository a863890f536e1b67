import { createHash } from "node:crypto";
import { pipeline } from "node:stream";
import { buffer } from "node:stream/consumers";
import { createGzip } from "node:zlib";
import type { ProgressMessage, RegistryAuth } from "../../api/types/image.ts";
import { printFamiliar, type Reference } from "../../model/reference.ts";
import type { LayerRef } from "../build/ports.ts";
import type { ContentStore } from "../content/content-store.ts";
import type { Stored } from "../content/ingest.ts";
import { EngineError } from "../error.ts";
import { parseManifest } from "../registry/manifest.ts";
import type { BlobSource, PushTarget } from "../registry/push-target.ts";
import type { Registry } from "../registry/registry.ts";
import type { CompressedLayers } from "./compressed-layers.ts";
import type { Garbage } from "./garbage.ts";
import type { Image, ImageStore } from "./image-store.ts";
import { layerForm, layerMediaType, ociManifest, ociManifestType } from "./layer-form.ts";
import { throttled } from "./progress-queue.ts";
import type { Digest } from "./resolved.ts";

export interface PushParts {
  readonly store: ImageStore;
  readonly content: ContentStore;
  readonly registry: Registry;
  readonly garbage: Garbage;
  readonly compressed: CompressedLayers;
}

export interface PushWork {
  /** Each with a tag, all of one repository. */
  readonly references: readonly Reference[];
  readonly auth: RegistryAuth | undefined;
  readonly report: (message: ProgressMessage) => void;
}

interface SentLayer extends Stored {
  readonly mediaType: string;
}

const parallelUploads = 3;

/**
 * Sends images and their tags to the registry of their name: only blobs it lacks, mounted from its other repositories
 * where they are. Layers made here are stored plain and compressed with gzip on the way, which every client can read.
 */
export async function pushImages(parts: PushParts, work: PushWork, signal: AbortSignal): Promise<void> {
  const [first] = work.references;
  if (first === undefined) throw new Error("nothing to push");
  const missing = work.references.find((reference) => parts.store.find(reference) === undefined);
  if (missing !== undefined) throw notHere(missing);
  work.report({ status: `The push refers to repository [${repositoryOf(first)}]` });
  try {
    const target = await parts.registry.openForPush(first, work.auth, signal);
    for (const reference of work.references) await pushImage(parts, work, target, reference, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof EngineError)) throw error;
    throw new EngineError(error.kind, `cannot push "${printFamiliar(first)}": ${error.message}`, {
      cause: error,
    });
  }
}

async function pushImage(
  parts: PushParts,
  work: PushWork,
  target: PushTarget,
  reference: Reference,
  signal: AbortSignal,
): Promise<void> {
  const image = parts.store.find(reference);
  if (image === undefined) throw notHere(reference);
  await using hold = parts.garbage.hold();
  await hold.add([image.id, ...image.layers.map(({ digest }) => digest)]);
  if (image.manifest !== undefined) await hold.add([image.manifest.digest]);
  const layers = await pushLayers(parts, work, target, reference, image, signal);
  const config = { digest: image.id, sizeBytes: (await parts.content.sizeBytes(image.id)) ?? 0 };
  if (!(await target.hasBlob(config.digest, signal))) {
    await target.sendBlob(() => stored(parts.content, config, () => {}), signal);
  }
  const { bytes, mediaType } = await manifestOf(parts, image, layers, config);
  const tag = reference.tag ?? "latest";
  await target.putManifest(tag, bytes, mediaType, signal);
  const digest: Digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  await parts.store.addName(image.id, { ...reference, tag: undefined, digest });
  work.report({ status: `${tag}: digest: ${digest} size: ${bytes.length}` });
  work.report({ progressDetail: {}, aux: { Tag: tag, Digest: digest, Size: bytes.length } });
}

/** The manifest the image came with, when its blobs are the ones the registry now has; else one made of those. */
async function manifestOf(
  { content }: PushParts,
  image: Image,
  layers: readonly SentLayer[],
  config: Stored,
): Promise<{ readonly bytes: Buffer; readonly mediaType: string }> {
  if (image.manifest !== undefined && (await content.has(image.manifest.digest))) {
    const bytes = await buffer(content.read(image.manifest.digest));
    const { mediaType } = image.manifest;
    const manifest = parseManifest(bytes, mediaType);
    const isSame =
      manifest.kind === "manifest" &&
      manifest.layers.length === layers.length &&
      manifest.layers.every(({ digest }, index) => digest === layers[index]?.digest);
    if (isSame) return { bytes, mediaType };
  }
  return { bytes: ociManifest(config, layers), mediaType: ociManifestType };
}

async function pushLayers(
  parts: PushParts,
  work: PushWork,
  target: PushTarget,
  reference: Reference,
  image: Image,
  signal: AbortSignal,
): Promise<readonly SentLayer[]> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  // Docker shows the layer on top first.
  for (const layer of image.layers.toReversed()) {
    work.report({ status: "Preparing", progressDetail: {}, id: shortId(layer.diffId) });
  }
  const sent = new Map<Digest, SentLayer>();
  const waiting = [...new Map(image.layers.map((layer) => [layer.diffId, layer])).values()];
  const lane = async () => {
    for (let layer = waiting.shift(); layer !== undefined; layer = waiting.shift()) {
      sent.set(layer.diffId, await pushLayer(parts, work, target, { reference, image, layer }, either));
    }
  };
  const lanes = Array.from({ length: parallelUploads }, () =>
    lane().catch((error: unknown) => {
      failed.abort(error);
      throw error;
    }),
  );
  const ended = await Promise.allSettled(lanes);
  signal.throwIfAborted();
  if (failed.signal.aborted) throw failed.signal.reason;
  if (ended.some(({ status }) => status === "rejected")) throw new Error("a lane failed without a reason");
  return image.layers.map(({ diffId }) => {
    const layer = sent.get(diffId);
    if (layer === undefined) throw new Error("every layer was pushed");
    return layer;
  });
}

async function pushLayer(
  parts: PushParts,
  { report }: PushWork,
  target: PushTarget,
  at: { readonly reference: Reference; readonly image: Image; readonly layer: LayerRef },
  signal: AbortSignal,
): Promise<SentLayer> {
  const { content, compressed } = parts;
  const { digest, sizeBytes, diffId } = at.layer;
  const id = shortId(diffId);
  const form = await layerForm(content, digest);
  const isPlain = form === "plain";
  const mediaType = layerMediaType(isPlain ? "gzip" : form);
  const known = isPlain ? await compressed.get(diffId) : { digest, sizeBytes };
  if (known !== undefined) {
    if (await target.hasBlob(known.digest, signal)) {
      report({ status: "Layer already exists", progressDetail: {}, id });
      return { ...known, mediaType };
    }
    for (const from of repositoriesWith(parts.store, at.reference, digest)) {
      if (!(await target.mountBlob(known.digest, from, signal))) continue;
      report({ status: `Mounted from ${from}`, progressDetail: {}, id });
      return { ...known, mediaType };
    }
  }
  const onBytes = throttled(sizeBytes, (current) =>
    report({ status: "Pushing", progressDetail: { current, total: sizeBytes }, id }),
  );
  const source = isPlain ? gzipped : stored;
  const sent = await target.sendBlob(() => source(content, { digest, sizeBytes }, onBytes), signal);
  if (isPlain) await compressed.put(diffId, sent);
  report({ status: "Pushed", progressDetail: {}, id });
  return { ...sent, mediaType };
}

/** Other repositories of the same registry that images here with this layer came from or went to. */
function repositoriesWith(store: ImageStore, to: Reference, layer: Digest): readonly string[] {
  const paths = new Set<string>();
  for (const image of store.list()) {
    if (!image.layers.some(({ digest }) => digest === layer)) continue;
    for (const { domain, path, digest } of store.referencesOf(image.id)) {
      if (digest !== undefined && domain === to.domain && path !== to.path) paths.add(path);
    }
  }
  return [...paths].slice(0, 3);
}

function stored(content: ContentStore, blob: Stored, onBytes: (haveBytes: number) => void): BlobSource {
  const chunks = counted(content.read(blob.digest), onBytes);
  return { chunks, sizeBytes: blob.sizeBytes, stored: () => blob };
}

/** A plain blob, compressed as it is read. */
function gzipped(content: ContentStore, blob: Stored, onBytes: (haveBytes: number) => void): BlobSource {
  const hash = createHash("sha256");
  let sizeBytes = 0;
  const gzip = createGzip({ chunkSize: 128 * 1024 });
  const fed = pipeline(counted(content.read(blob.digest), onBytes), gzip, () => {});
  async function* chunks() {
    for await (const chunk of fed as AsyncIterable<Buffer>) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      yield chunk;
    }
  }
  return {
    chunks: chunks(),
    sizeBytes: undefined,
    stored: () => ({ digest: `sha256:${hash.copy().digest("hex")}`, sizeBytes }),
  };
}

async function* counted(
  source: AsyncIterable<Buffer>,
  onBytes: (haveBytes: number) => void,
): AsyncGenerator<Buffer, void, void> {
  let sizeBytes = 0;
  for await (const chunk of source) {
    sizeBytes += chunk.length;
    onBytes(sizeBytes);
    yield chunk;
  }
}

function notHere(reference: Reference): EngineError {
  return new EngineError(
    "not-found",
    `An image does not exist locally with the tag: ${printFamiliar(reference)}`,
  );
}

/** As Docker names it: `docker.io/library/busybox`, `127.0.0.1:5000/x`. */
function repositoryOf({ domain, path }: Reference): string {
  return `${domain}/${path}`;
}

function shortId(digest: Digest): string {
  return digest.slice("sha256:".length, "sha256:".length + 12);
}
