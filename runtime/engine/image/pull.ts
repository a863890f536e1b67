import type { ProgressMessage, RegistryAuth } from "../../api/types/image.ts";
import { printFamiliar, type Reference } from "../../model/reference.ts";
import type { LayerRef } from "../build/ports.ts";
import type { ContentStore } from "../content/content-store.ts";
import { storageError } from "../content/ingest.ts";
import { EngineError } from "../error.ts";
import { type ImageConfigDocument, type ImageManifest, parseConfig } from "../registry/manifest.ts";
import {
  choosePlatform,
  hostPlatform,
  type Platform,
  parsePlatform,
  platformFits,
  printPlatform,
} from "../registry/platform.ts";
import type { Found, Registry } from "../registry/registry.ts";
import type { FetchedManifest, Repository } from "../registry/repository.ts";
import { chainIds } from "../snapshot/chain-id.ts";
import type { OverlaySnapshots } from "../snapshot/overlay-snapshots.ts";
import type { KeyedLock } from "../store/keyed-lock.ts";
import type { Garbage, Hold } from "./garbage.ts";
import type { Image, ImageStore } from "./image-store.ts";
import { fetchBlob, fetchLayers } from "./pull-layers.ts";
import type { Digest } from "./resolved.ts";
import type { Unfinished } from "./unfinished.ts";

const configLimitBytes = 4 * 1024 * 1024;

export interface PullParts {
  readonly store: ImageStore;
  readonly content: ContentStore;
  readonly snapshots: OverlaySnapshots;
  readonly registry: Registry;
  readonly garbage: Garbage;
  /** By blob digest: pulls with a blob in common fetch it once. */
  readonly blobLocks: KeyedLock;
  readonly unfinished: Unfinished;
}

export interface PullWork {
  /** With a tag or a digest. */
  readonly reference: Reference;
  readonly platform: string | undefined;
  readonly auth: RegistryAuth | undefined;
  readonly report: (message: ProgressMessage) => void;
}

/**
 * Fetches, verifies and unpacks an image and gives it its name. Nothing is reported before the image was found on a
 * registry. On failure nothing of what came stays, but for the bytes of layers that another try can go on with.
 */
export async function pullImage(parts: PullParts, work: PullWork, signal: AbortSignal): Promise<Image> {
  const { registry, garbage } = parts;
  const { reference, report } = work;
  const found = await registry.resolve(reference, work.auth, signal);
  report({ status: `Pulling from ${reference.path}`, id: reference.digest ?? reference.tag ?? "latest" });
  try {
    await using hold = garbage.hold();
    return await fromAny(parts, work, found, signal, (each) => pullFrom(parts, work, each, hold, signal));
  } catch (error) {
    // The hold is gone by now, so all that no image has goes too.
    await garbage.collect();
    throw error;
  }
}

/** Servers after the one that has the manifest are asked too when its blobs do not come. */
async function fromAny(
  { registry }: PullParts,
  { reference, auth, report }: PullWork,
  first: Found,
  signal: AbortSignal,
  pullFound: (found: Found) => Promise<Image>,
): Promise<Image> {
  const name = printFamiliar(reference);
  for (let found = first; ; ) {
    try {
      return await pullFound(found);
    } catch (error) {
      signal.throwIfAborted();
      const failure = storageError(undefined, error);
      if (!(failure instanceof EngineError)) throw failure;
      const { title } = found.repository.endpoint;
      const message = `cannot pull "${name}" from ${title}: ${failure.message}`;
      // A full disk or a platform nobody offers is the same everywhere.
      const next = failure !== error ? undefined : await nextServer(found);
      if (next === undefined) throw new EngineError(failure.kind, message, { cause: error });
      report({
        status: `${title} failed, going on with ${next.repository.endpoint.title}: ${failure.message}`,
      });
      found = next;
    }
  }

  async function nextServer(found: Found): Promise<Found | undefined> {
    try {
      return await registry.resolve(reference, auth, signal, found.position + 1);
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
  }
}

async function pullFrom(
  parts: PullParts,
  work: PullWork,
  found: Found,
  hold: Hold,
  signal: AbortSignal,
): Promise<Image> {
  const { store } = parts;
  const { reference, report } = work;
  const name = printFamiliar(reference);
  const wanted =
    work.platform === undefined || work.platform === "" ? undefined : parsePlatform(work.platform);
  const plan = await fetchPlan(parts, found, wanted, hold, signal);
  const known = store.get(plan.id);
  const isComplete = known?.chain.every((chain) => parts.snapshots.has(chain)) ?? false;
  if (!isComplete) await fetchAll(parts, found.repository, plan, report, signal);
  const before = reference.digest === undefined ? store.find(reference) : known;
  const byDigest: Reference = { ...reference, tag: undefined, digest: found.fetched.digest };
  const names = reference.digest === undefined ? [reference, byDigest] : [byDigest];
  const { digest, mediaType } = plan.manifest;
  // A complete image keeps the blobs it has, which another compression may have made.
  const layers = known !== undefined && isComplete ? known.layers : plan.layers;
  const record = { id: plan.id, layers, manifest: { digest, mediaType } };
  const image = await store.put({ ...record, taggedAt: new Date().toISOString() }, names, parts.content);
  const isNew = !isComplete || before?.id !== image.id;
  report({ status: `Digest: ${found.fetched.digest}` });
  report({ status: `Status: ${isNew ? "Downloaded newer image" : "Image is up to date"} for ${name}` });
  return image;
}

/** While layers come they are on record as wanted, so that what came outlives a broken connection, an abort or a crash. */
async function fetchAll(
  parts: PullParts,
  repository: Repository,
  plan: PullPlan,
  report: (message: ProgressMessage) => void,
  signal: AbortSignal,
): Promise<void> {
  const digests = plan.layers.map(({ digest }) => digest);
  await parts.unfinished.begin(plan.layers);
  try {
    await fetchLayers(parts, repository, plan, report, signal);
  } catch (error) {
    const canGoOn = signal.aborted || (error instanceof EngineError && error.kind === "unavailable");
    // On a full disk the record may not be written; the next change of it, or start, says the same.
    if (!canGoOn) await parts.unfinished.end(digests).catch(() => {});
    throw error;
  }
  await parts.unfinished.end(digests);
}

/** What a pull fetches, once manifest and config are here. */
interface PullPlan {
  readonly id: Digest;
  readonly manifest: FetchedManifest;
  readonly layers: readonly LayerRef[];
  /** Chain ids, base first. */
  readonly chain: readonly Digest[];
}

async function fetchPlan(
  parts: PullParts,
  found: Found,
  wanted: Platform | undefined,
  hold: Hold,
  signal: AbortSignal,
): Promise<PullPlan> {
  const { fetched, image } = await chooseManifest(found, wanted ?? hostPlatform(process.arch), signal);
  await hold.add([fetched.digest, image.config.digest, ...image.layers.map(({ digest }) => digest)]);
  await parts.content.put(fetched.bytes, { digest: fetched.digest });
  if (image.config.sizeBytes > configLimitBytes) {
    throw new EngineError(
      "invalid-argument",
      `its config has ${image.config.sizeBytes} bytes, more than ${configLimitBytes}`,
    );
  }
  await fetchBlob(parts, found.repository, image.config, {}, signal);
  const config = parseConfig(await parts.content.readJson(image.config.digest));
  checkConfig(config, image, wanted);
  const layers = image.layers.map((layer, index): LayerRef => {
    const diffId = config.rootfs.diff_ids[index];
    if (diffId === undefined) throw new Error("diff ids and layers were counted");
    return { ...layer, diffId };
  });
  const chain = chainIds(config.rootfs.diff_ids);
  await hold.add(chain);
  return { id: image.config.digest, manifest: fetched, layers, chain };
}

/** The manifest itself, or the one for `platform` when it is an index. */
async function chooseManifest(
  { fetched, repository }: Found,
  platform: Platform,
  signal: AbortSignal,
): Promise<{ fetched: FetchedManifest; image: ImageManifest }> {
  if (fetched.manifest.kind === "manifest") return { fetched, image: fetched.manifest };
  const chosen = choosePlatform(platform, fetched.manifest.manifests);
  if (chosen === undefined) {
    throw new EngineError(
      "not-found",
      `no matching manifest for ${printPlatform(platform)} in the manifest list entries`,
    );
  }
  const inner = await repository.fetchManifest(chosen.digest, signal);
  if (inner.manifest.kind !== "manifest")
    throw new EngineError("invalid-argument", "its index holds another index");
  return { fetched: inner, image: inner.manifest };
}

function checkConfig(config: ImageConfigDocument, image: ImageManifest, wanted: Platform | undefined): void {
  const diffIds = config.rootfs.diff_ids.length;
  if (diffIds !== image.layers.length) {
    throw new EngineError(
      "invalid-argument",
      `its manifest has ${image.layers.length} layers, its config ${diffIds}`,
    );
  }
  if (config.os !== "linux")
    throw new EngineError("invalid-argument", `it is an image for ${config.os}, not for linux`);
  const { os, architecture, variant } = config;
  const offered: Platform = { os, architecture, ...(variant === undefined ? {} : { variant }) };
  if (wanted !== undefined && !platformFits(wanted, offered)) {
    throw new EngineError(
      "not-found",
      `image does not match the specified platform: wanted ${printPlatform(wanted)}, actual: ${printPlatform(offered)}`,
    );
  }
}
