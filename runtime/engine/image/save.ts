import { createHash } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { parseReference, printFamiliar, printReference, type Reference } from "../../model/reference.ts";
import type { ContentStore } from "../content/content-store.ts";
import { EngineError } from "../error.ts";
import { parseManifest } from "../registry/manifest.ts";
import { parsePlatform, platformFits, printPlatform } from "../registry/platform.ts";
import { encodeHeader, endOfArchive, padding, type TarHeader } from "../snapshot/tar-codec.ts";
import type { Garbage } from "./garbage.ts";
import type { Image, ImageStore } from "./image-store.ts";
import { layerForm, layerMediaType, ociManifest, ociManifestType } from "./layer-form.ts";
import { findImage } from "./lookup.ts";
import type { Digest } from "./resolved.ts";

export interface SaveParts {
  readonly store: ImageStore;
  readonly content: ContentStore;
  readonly garbage: Garbage;
}

/** An image to save, under the names that were asked for; none when it was asked for by id. */
export interface Saved {
  readonly image: Image;
  readonly names: readonly Reference[];
}

/**
 * What `docker save NAME…` means: `NAME:TAG` is one tag, `NAME` all tags of the repository, an id the image without a
 * name. Throws `not-found`.
 */
export function findSaved(store: ImageStore, names: readonly string[], platform: string): readonly Saved[] {
  const found = new Map<Digest, Saved>();
  const wanted = platform === "" ? undefined : parsePlatform(platform);
  const add = (image: Image, own: readonly Reference[]) => {
    const { os, architecture, variant } = image.config;
    const offered = { os, architecture, ...(variant === undefined ? {} : { variant }) };
    if (wanted !== undefined && !platformFits(wanted, offered)) {
      throw new EngineError(
        "not-found",
        `image does not match the specified platform: wanted ${printPlatform(wanted)}, actual: ${printPlatform(offered)}`,
      );
    }
    const before = found.get(image.id)?.names ?? [];
    const fresh = own.filter((each) => !before.some((old) => printFamiliar(old) === printFamiliar(each)));
    found.set(image.id, { image, names: [...before, ...fresh] });
  };
  for (const name of names) {
    const { reference } = parseReference(name);
    const tagged =
      reference === undefined || reference.tag !== undefined || reference.digest !== undefined
        ? []
        : store
            .list()
            .flatMap((image) => store.referencesOf(image.id).map((each) => ({ image, each })))
            .filter(
              ({ each: { tag, domain, path } }) => tag !== undefined && isSame(reference, domain, path),
            );
    for (const { image, each } of tagged) add(image, [each]);
    if (tagged.length > 0) continue;
    const image = findImage(store, name);
    const isTag = reference?.tag !== undefined && reference.digest === undefined;
    add(image, isTag && store.find(reference)?.id === image.id ? [reference] : []);
  }
  return [...found.values()];
}

/**
 * Images as one tar archive that is both a `docker save` archive (`manifest.json`) and an OCI layout (`index.json`).
 * Layers are as they are stored, compressed or not. Source: OCI image-spec v1.1, image-layout.md.
 */
export async function* saveImages(
  { content, garbage }: SaveParts,
  saved: readonly Saved[],
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, void> {
  await using hold = garbage.hold();
  for (const { image } of saved) {
    await hold.add([image.id, ...image.layers.map(({ digest }) => digest)]);
    if (image.manifest !== undefined) await hold.add([image.manifest.digest]);
  }
  const written = new Set<Digest>();
  const manifests: object[] = [];
  yield directory("blobs/");
  yield directory("blobs/sha256/");
  for (const { image, names } of saved) {
    for (const digest of [image.id, ...image.layers.map((layer) => layer.digest)]) {
      if (!written.has(digest)) yield* blobFile(content, digest, signal);
      written.add(digest);
    }
    const { bytes, mediaType } = await manifestOf(content, image);
    const digest: Digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    if (!written.has(digest)) yield* file(blobPath(digest), bytes);
    written.add(digest);
    const descriptor = { mediaType, digest, size: bytes.length };
    for (const name of names) manifests.push({ ...descriptor, annotations: annotationsOf(name) });
    if (names.length === 0) manifests.push(descriptor);
  }
  yield* jsonFile("index.json", {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests,
  });
  const entries = saved.map(({ image, names }) => ({
    Config: blobPath(image.id),
    RepoTags: names.length === 0 ? null : names.map(printFamiliar),
    Layers: image.layers.map(({ digest }) => blobPath(digest)),
  }));
  yield* jsonFile("manifest.json", entries);
  yield* jsonFile("oci-layout", { imageLayoutVersion: "1.0.0" });
  yield endOfArchive;
}

/** The manifest the image was pulled with, if it tells of the layers as they are stored; else one that does. */
async function manifestOf(
  content: ContentStore,
  image: Image,
): Promise<{ readonly bytes: Buffer; readonly mediaType: string }> {
  if (image.manifest !== undefined && (await content.has(image.manifest.digest))) {
    const bytes = await buffer(content.read(image.manifest.digest));
    const { mediaType } = image.manifest;
    const manifest = parseManifest(bytes, mediaType);
    const isSameList =
      manifest.kind === "manifest" &&
      manifest.layers.length === image.layers.length &&
      manifest.layers.every(({ digest }, index) => digest === image.layers[index]?.digest);
    if (isSameList) return { bytes, mediaType };
  }
  const layers = await Promise.all(
    image.layers.map(async ({ digest, sizeBytes }) => {
      return { digest, sizeBytes, mediaType: layerMediaType(await layerForm(content, digest)) };
    }),
  );
  const config = { digest: image.id, sizeBytes: (await content.sizeBytes(image.id)) ?? 0 };
  return { bytes: ociManifest(config, layers), mediaType: ociManifestType };
}

function annotationsOf(name: Reference): Record<string, string> {
  return {
    "io.containerd.image.name": printReference(name),
    "org.opencontainers.image.ref.name": name.tag ?? "latest",
  };
}

function isSame(reference: Reference, domain: string, path: string): boolean {
  return reference.domain === domain && reference.path === path;
}

async function* blobFile(
  content: ContentStore,
  digest: Digest,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, void> {
  const sizeBytes = await content.sizeBytes(digest);
  if (sizeBytes === undefined)
    throw new EngineError("not-found", `blob ${digest} is not in the content store`);
  yield encodeHeader(header(blobPath(digest), sizeBytes), "pax");
  for await (const chunk of content.read(digest) as AsyncIterable<Buffer>) {
    signal.throwIfAborted();
    yield chunk;
  }
  yield padding(sizeBytes);
}

function jsonFile(name: string, value: unknown): Generator<Buffer, void, void> {
  return file(name, Buffer.from(JSON.stringify(value)));
}

function* file(name: string, bytes: Buffer): Generator<Buffer, void, void> {
  yield encodeHeader(header(name, bytes.length), "pax");
  yield bytes;
  yield padding(bytes.length);
}

function directory(name: string): Buffer {
  return encodeHeader({ ...header(name, 0), type: "directory", mode: 0o755 }, "pax");
}

/** The same images give the same bytes: all times are 0. */
function header(name: string, sizeBytes: number): TarHeader {
  return {
    ...{ name, sizeBytes, type: "file", mode: 0o644, uid: 0, gid: 0, mtime: 0 },
    ...{ linkname: "", devMajor: 0, devMinor: 0, pax: new Map() },
  };
}

function blobPath(digest: Digest): string {
  return `blobs/sha256/${digest.slice("sha256:".length)}`;
}
