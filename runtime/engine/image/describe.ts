import type { ContainerConfig } from "../../api/types/container.ts";
import type { ImageHistoryItem, ImageInspect, ImageSummary } from "../../api/types/image.ts";
import { familiarName, printFamiliar, type Reference } from "../../model/reference.ts";
import type { Image } from "./image-store.ts";
import type { Digest, ResolvedImage } from "./resolved.ts";

/** What is said of an image beside its record. `layerBytes` gives the unpacked size of the layer on top of a chain. */
export interface Surroundings {
  readonly references: readonly Reference[];
  readonly layerBytes: (chain: Digest) => number;
}

export function sizeOf(image: Image, layerBytes: (chain: Digest) => number): number {
  return image.chain.reduce((sum, chain) => sum + layerBytes(chain), 0);
}

export function inspectImage(image: Image, { references, layerBytes }: Surroundings): ImageInspect {
  const { config } = image;
  const sizeBytes = sizeOf(image, layerBytes);
  return {
    Id: image.id,
    RepoTags: repoTags(references),
    RepoDigests: repoDigests(references),
    Parent: "",
    Comment: config.history?.at(-1)?.comment ?? "",
    Created: config.created ?? "",
    DockerVersion: "",
    Author: config.author ?? "",
    Config: containerConfig(image),
    Architecture: config.architecture,
    ...(config.variant === undefined ? {} : { Variant: config.variant }),
    Os: config.os,
    Size: sizeBytes,
    VirtualSize: sizeBytes,
    GraphDriver: { Name: "overlay2", Data: null },
    RootFS: { Type: "layers", Layers: config.rootfs.diff_ids },
    Metadata: { LastTagTime: image.taggedAt ?? "0001-01-01T00:00:00Z" },
  };
}

export function summarizeImage(image: Image, { references, layerBytes }: Surroundings): ImageSummary {
  const sizeBytes = sizeOf(image, layerBytes);
  return {
    Id: image.id,
    ParentId: "",
    RepoTags: repoTags(references),
    RepoDigests: repoDigests(references),
    Created: createdSeconds(image),
    Size: sizeBytes,
    VirtualSize: sizeBytes,
    SharedSize: -1,
    Labels: containerConfig(image).Labels ?? null,
    Containers: -1,
  };
}

/** Newest step first, as `docker history` shows it. */
export function historyOf(image: Image, { references, layerBytes }: Surroundings): ImageHistoryItem[] {
  const layers = [...image.chain];
  const items = (image.config.history ?? []).map((entry): ImageHistoryItem => {
    const chain = entry.empty_layer === true ? undefined : layers.shift();
    return {
      Id: "<missing>",
      Created: seconds(entry.created),
      CreatedBy: entry.created_by ?? "",
      Tags: null,
      Size: chain === undefined ? 0 : layerBytes(chain),
      Comment: entry.comment ?? "",
    };
  });
  // Some images say less than they have.
  for (const chain of layers) {
    items.push({
      Id: "<missing>",
      Created: 0,
      CreatedBy: "",
      Tags: null,
      Size: layerBytes(chain),
      Comment: "",
    });
  }
  const [newest, ...older] = items.reverse();
  if (newest === undefined) return [];
  const tags = repoTags(references);
  return [{ ...newest, Id: image.id, Tags: tags.length === 0 ? null : tags }, ...older];
}

export function resolvedImage(image: Image, references: readonly Reference[]): ResolvedImage {
  const { config } = image;
  return {
    id: image.id,
    config: containerConfig(image),
    architecture: config.architecture,
    os: config.os,
    ...(config.variant === undefined ? {} : { variant: config.variant }),
    diffIds: config.rootfs.diff_ids,
    chainId: image.chain.at(-1),
    created: config.created,
    repoTags: repoTags(references),
  };
}

/** Unix seconds; 0 when the image does not say. */
export function createdSeconds(image: Image): number {
  return seconds(image.config.created);
}

export function repoTags(references: readonly Reference[]): string[] {
  return references.filter((reference) => reference.digest === undefined).map(printFamiliar);
}

function repoDigests(references: readonly Reference[]): string[] {
  return references
    .filter((reference) => reference.digest !== undefined)
    .map((reference) => `${familiarName(reference)}@${reference.digest}`);
}

/** Of the image config's `config`, which is what containers inherit. */
function containerConfig(image: Image): ContainerConfig {
  return (image.config.config ?? {}) as ContainerConfig;
}

function seconds(time: string | undefined): number {
  const ms = time === undefined ? Number.NaN : Date.parse(time);
  return Number.isNaN(ms) ? 0 : Math.floor(ms / 1000);
}
