import { createHash } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { parseReference, type Reference, withDefaultTag } from "../../model/reference.ts";
import type { ContentStore } from "../content/content-store.ts";
import { EngineError } from "../error.ts";
import { type ImageManifest, parseConfig, parseManifest } from "../registry/manifest.ts";
import { choosePlatform, hostPlatform, printPlatform } from "../registry/platform.ts";
import { decompressed } from "../snapshot/decompress.ts";
import { readTar } from "../snapshot/tar-reader.ts";
import type { Hold } from "./garbage.ts";
import type { Digest } from "./resolved.ts";

/** A blob that came in an archive. */
interface Member {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/** An image found in an archive; its parts are in the content store. */
export interface ArchivedImage {
  readonly config: Digest;
  readonly layers: readonly (Member & { readonly mediaType: string })[];
  readonly manifest: { readonly digest: Digest; readonly mediaType: string } | undefined;
  readonly names: readonly Reference[];
}

const maxMembers = 10_000;
const maxLinkHops = 4;
const maxIndexDepth = 3;

/**
 * Reads the images of a `docker save` archive or of an OCI layout packed with tar (plain). Every file in it goes into
 * the content store under the digest it has; `hold` keeps them there. Nothing is unpacked yet.
 * Throws `invalid-argument` for an archive that holds no image.
 */
export async function readArchive(
  source: AsyncIterable<Uint8Array>,
  content: ContentStore,
  hold: Hold,
  signal: AbortSignal,
): Promise<readonly ArchivedImage[]> {
  const members = new Map<string, Member>();
  const links = new Map<string, string>();
  for await (const { header, body } of readTar(source)) {
    const path = normalize(header.name);
    if (members.size + links.size > maxMembers) throw malformed(`it has more than ${maxMembers} files`);
    if (header.type === "symlink") links.set(path, normalize(`${path}/../${header.linkname}`));
    if (header.type === "hardlink") links.set(path, normalize(header.linkname));
    if (header.type !== "file") continue;
    await using ingest = await content.begin({ sizeBytes: header.sizeBytes });
    await ingest.appendAll(body, signal);
    await hold.add([ingest.digestSoFar]);
    members.set(path, await ingest.commit());
  }
  const find = (path: string): Member => {
    let at = normalize(path);
    for (let hops = 0; hops < maxLinkHops && !members.has(at); hops++) at = links.get(at) ?? at;
    const member = members.get(at);
    if (member === undefined) throw malformed(`it names ${JSON.stringify(path)} but does not hold it`);
    return member;
  };
  if (members.has("manifest.json")) return await readDockerArchive(content, find);
  if (members.has("index.json")) return await readLayout(content, find);
  throw malformed("it has neither manifest.json nor index.json");
}

/** The digest of a blob's plain bytes. */
export async function diffIdOf(content: ContentStore, blob: Digest, signal: AbortSignal): Promise<Digest> {
  const hash = createHash("sha256");
  for await (const chunk of (await decompressed(content.read(blob))) as AsyncIterable<Buffer>) {
    signal.throwIfAborted();
    hash.update(chunk);
  }
  return `sha256:${hash.digest("hex")}`;
}

async function readDockerArchive(
  content: ContentStore,
  find: (path: string) => Member,
): Promise<readonly ArchivedImage[]> {
  const document = await content.readJson(find("manifest.json").digest);
  if (!Array.isArray(document)) throw malformed("manifest.json is not a list");
  return document.map((entry: unknown): ArchivedImage => {
    const { Config, Layers, RepoTags } = asObject(entry, "an entry of manifest.json");
    if (typeof Config !== "string" || !isStrings(Layers))
      throw malformed("manifest.json names no config or layers");
    const mediaType = "application/vnd.oci.image.layer.v1.tar";
    return {
      config: find(Config).digest,
      layers: Layers.map((path) => ({ ...find(path), mediaType })),
      manifest: undefined,
      names: (isStrings(RepoTags) ? RepoTags : []).map(readName),
    };
  });
}

async function readLayout(
  content: ContentStore,
  find: (path: string) => Member,
): Promise<readonly ArchivedImage[]> {
  const { manifests } = asObject(await content.readJson(find("index.json").digest), "index.json");
  if (!Array.isArray(manifests)) throw malformed("index.json has no manifests");
  const images: ArchivedImage[] = [];
  for (const entry of manifests) {
    const { digest, mediaType, annotations } = asObject(entry, "an entry of index.json");
    if (typeof digest !== "string" || typeof mediaType !== "string")
      throw malformed("index.json has an entry without digest");
    const { member, manifest, type } = await chooseManifest(content, find, { digest, mediaType });
    const layers = manifest.layers.map((layer) => ({
      ...find(blobPath(layer.digest)),
      mediaType: layer.mediaType,
    }));
    images.push({
      config: find(blobPath(manifest.config.digest)).digest,
      layers,
      manifest: { digest: member.digest, mediaType: type },
      names: annotatedNames(annotations),
    });
  }
  return images;
}

/** The manifest itself or, of an index of several platforms as builders write it, the one for this host. */
async function chooseManifest(
  content: ContentStore,
  find: (path: string) => Member,
  entry: { readonly digest: string; readonly mediaType: string },
  depth = 0,
): Promise<{ readonly member: Member; readonly manifest: ImageManifest; readonly type: string }> {
  const member = find(blobPath(entry.digest));
  const manifest = parseManifest(await buffer(content.read(member.digest)), entry.mediaType);
  if (manifest.kind === "manifest") return { member, manifest, type: entry.mediaType };
  if (depth === maxIndexDepth) throw malformed("its indexes hold each other too deeply");
  const chosen = choosePlatform(hostPlatform(process.arch), manifest.manifests);
  if (chosen === undefined) {
    const offers = manifest.manifests.map(({ platform }) => (platform ? printPlatform(platform) : "unknown"));
    throw new EngineError(
      "not-found",
      `cannot load an image for ${printPlatform(hostPlatform(process.arch))}: the archive has ${offers.join(", ")}`,
    );
  }
  return await chooseManifest(content, find, chosen, depth + 1);
}

/** containerd's annotation is a whole name; OCI's own only counts when it is more than a tag. */
function annotatedNames(annotations: unknown): Reference[] {
  if (typeof annotations !== "object" || annotations === null) return [];
  const { "io.containerd.image.name": whole, "org.opencontainers.image.ref.name": short } =
    annotations as Record<string, unknown>;
  if (typeof whole === "string") return [readName(whole)];
  return typeof short === "string" && /[:/]/.test(short) ? [readName(short)] : [];
}

/** Checks the config against what came with it, and gives the diff ids, base first. */
export async function diffIdsOf(content: ContentStore, image: ArchivedImage): Promise<readonly Digest[]> {
  const diffIds = parseConfig(await content.readJson(image.config)).rootfs.diff_ids;
  if (diffIds.length !== image.layers.length) {
    throw malformed(`it has ${image.layers.length} layers, its config ${diffIds.length}`);
  }
  return diffIds;
}

function readName(text: string): Reference {
  const { reference, problem } = parseReference(text);
  if (reference === undefined) throw malformed(`${JSON.stringify(text.slice(0, 200))}: ${problem}`);
  return withDefaultTag(reference);
}

function blobPath(digest: string): string {
  return `blobs/${digest.replace(":", "/")}`;
}

function normalize(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.join("/");
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

function asObject(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw malformed(`${what} is not an object`);
}

function malformed(what: string): EngineError {
  return new EngineError("invalid-argument", `malformed image archive: ${what}`);
}
