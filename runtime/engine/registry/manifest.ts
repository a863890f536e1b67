import { isDigest } from "../content/digest.ts";
import { EngineError } from "../error.ts";
import type { Digest } from "../image/resolved.ts";
import { configTypes, indexTypes, layerTypes, manifestTypes } from "./media-types.ts";
import type { Platform } from "./platform.ts";

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
}

export interface ImageManifest {
  readonly kind: "manifest";
  readonly config: Descriptor;
  /** Base first. */
  readonly layers: readonly Descriptor[];
}

export interface ImageIndex {
  readonly kind: "index";
  readonly manifests: readonly (Descriptor & { readonly platform: Platform | undefined })[];
}

/** Layers are bounded by what a file system can hold of them; this bounds the number of requests. */
const maxDescriptors = 1000;

/**
 * Reads a manifest or index at the boundary. `contentType` is what the server called it. Throws `invalid-argument` for
 * anything ambiguous: a document that could be read as both is refused (CVE-2021-41190).
 */
export function parseManifest(bytes: Buffer, contentType: string): ImageManifest | ImageIndex {
  const document = asObject(parseJson(bytes), "the manifest");
  const mediaType = document.mediaType ?? contentType;
  if (document.schemaVersion !== 2)
    throw malformed(`schema version ${JSON.stringify(document.schemaVersion)} is not supported`);
  if (typeof mediaType !== "string") throw malformed("its media type is not a string");
  const isKnown = (type: string) => manifestTypes.includes(type) || indexTypes.includes(type);
  if (isKnown(contentType) && contentType !== mediaType) {
    throw malformed(`it was sent as ${contentType} but says it is ${mediaType}`);
  }
  if ("manifests" in document && ("layers" in document || "config" in document)) {
    throw malformed("it is both an image and an index");
  }
  if (indexTypes.includes(mediaType) || (!isKnown(mediaType) && "manifests" in document)) {
    return { kind: "index", manifests: list(document.manifests, "manifests").map(indexEntry) };
  }
  if (manifestTypes.includes(mediaType) || (!isKnown(mediaType) && "layers" in document)) {
    const config = descriptor(document.config, "config");
    if (!configTypes.includes(config.mediaType)) {
      throw malformed(`it is not a container image: its config has media type ${config.mediaType}`);
    }
    const layers = list(document.layers, "layers").map((layer) => descriptor(layer, "layer"));
    for (const layer of layers) {
      if (!layerTypes.includes(layer.mediaType)) {
        throw malformed(`a layer has the media type ${layer.mediaType}, which is not supported`);
      }
    }
    return { kind: "manifest", config, layers };
  }
  throw malformed(`media type ${mediaType} is not supported`);
}

/** What the image room needs of a config; the rest is kept as it is. Throws `invalid-argument`. */
export interface ImageConfigDocument {
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
  readonly created?: string;
  readonly author?: string;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly rootfs: { readonly type: string; readonly diff_ids: readonly Digest[] };
  readonly history?: readonly HistoryEntry[];
}

export interface HistoryEntry {
  readonly created?: string;
  readonly created_by?: string;
  readonly comment?: string;
  readonly author?: string;
  readonly empty_layer?: boolean;
}

export function parseConfig(value: unknown): ImageConfigDocument {
  const document = asObject(value, "the image config");
  const rootfs = asObject(document.rootfs, "rootfs of the image config");
  const diffIds = list(rootfs.diff_ids ?? [], "diff_ids");
  if (!diffIds.every(isDigest)) throw malformed("its config has a diff id that is not a sha256 digest");
  if (document.history !== undefined && document.history !== null && !Array.isArray(document.history)) {
    throw malformed("its config has a history that is not a list");
  }
  // Checked above; the remaining fields are only shown.
  return {
    ...document,
    architecture: text(document.architecture, "amd64"),
    os: text(document.os, "linux"),
    rootfs: { type: "layers", diff_ids: diffIds },
    history: document.history ?? [],
    config: asObject(document.config ?? {}, "config of the image config"),
  } as ImageConfigDocument;
}

function text(value: unknown, otherwise: string): string {
  return typeof value === "string" && value !== "" ? value : otherwise;
}

function indexEntry(value: unknown): ImageIndex["manifests"][number] {
  const platform = asObject(value, "an entry").platform;
  const entry = descriptor(value, "manifest");
  if (platform === undefined || platform === null) return { ...entry, platform: undefined };
  const { os, architecture, variant } = asObject(platform, "platform");
  return {
    ...entry,
    platform: {
      os: text(os, ""),
      architecture: text(architecture, ""),
      ...(typeof variant === "string" && variant !== "" ? { variant } : {}),
    },
  };
}

function descriptor(value: unknown, what: string): Descriptor {
  const { mediaType, digest, size } = asObject(value, `descriptor of a ${what}`);
  if (!isDigest(digest)) throw malformed(`a ${what} has no sha256 digest`);
  if (typeof mediaType !== "string") throw malformed(`a ${what} has no media type`);
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0)
    throw malformed(`a ${what} has no size`);
  return { mediaType, digest, sizeBytes: size };
}

function list(value: unknown, what: string): unknown[] {
  if (!Array.isArray(value)) throw malformed(`${what} is not a list`);
  if (value.length > maxDescriptors) throw malformed(`${what} has more than ${maxDescriptors} entries`);
  return value;
}

function asObject(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw malformed(`${what} is not an object`);
  return value as Record<string, unknown>;
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    throw malformed("it is not JSON");
  }
}

function malformed(what: string): EngineError {
  return new EngineError("invalid-argument", `malformed manifest: ${what}`);
}
