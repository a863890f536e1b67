import type { ContainerConfig } from "../../api/types/container.ts";
import type { ImageDeleteItem, ImageManifestSummary, ProgressMessage } from "../../api/types/image.ts";
import {
  familiarName,
  parseReference,
  printFamiliar,
  type Reference,
  withDefaultTag,
} from "../../model/reference.ts";
import type { BuildImages, BuildPull, NewImage } from "../build/ports.ts";
import type { EventSink, ImageSource } from "../container/ports.ts";
import type { ContentStore } from "../content/content-store.ts";
import { EngineError } from "../error.ts";
import type { Filters, ImageBackend, PullRequest } from "../http/backend.ts";
import type { Logger } from "../log.ts";
import type { Registry } from "../registry/registry.ts";
import type { OverlaySnapshots } from "../snapshot/overlay-snapshots.ts";
import { KeyedLock } from "../store/keyed-lock.ts";
import { CompressedLayers } from "./compressed-layers.ts";
import { credentialsFor } from "./credentials.ts";
import { historyOf, inspectImage, resolvedImage, summarizeImage } from "./describe.ts";
import { type ImageDiskUsage, measureImages } from "./disk-usage.ts";
import { describeDistribution, registryDomain } from "./distribution.ts";
import { Garbage } from "./garbage.ts";
import { flag, imageFilter, isDangling } from "./image-filter.ts";
import { type Image, ImageStore } from "./image-store.ts";
import { importRootfs, loadImages } from "./load.ts";
import { findImage } from "./lookup.ts";
import { manifestSummaries } from "./manifest-summary.ts";
import { storeNewImage } from "./new-image.ts";
import { pullImage } from "./pull.ts";
import { pushImages } from "./push.ts";
import { type ImageUser, planRemoval } from "./removal.ts";
import { reported } from "./reported.ts";
import type { Digest, ResolvedImage } from "./resolved.ts";
import { findSaved, saveImages } from "./save.ts";
import { Unfinished } from "./unfinished.ts";

export interface ImagesOptions {
  /** The engine's root; `images/` below it is this room's. */
  readonly root: string;
  readonly content: ContentStore;
  readonly snapshots: OverlaySnapshots;
  readonly registry: Registry;
  readonly events: EventSink;
  /** The containers, running or not, that were made from an image. */
  readonly containersUsing: (id: Digest) => Promise<readonly ImageUser[]>;
  /** What Dockerfile instructions (`--change`) make of a configuration. Throws `invalid-argument`. */
  readonly applyChanges: (config: ContainerConfig, changes: readonly string[]) => ContainerConfig;
  readonly log: Logger;
}

/** What the rest of the engine wants of this room beside its backend. */
export interface ImageUpkeep {
  /** For `system df`: what images and the build cache take on the disk. */
  readonly diskUsage: (signal: AbortSignal) => Promise<ImageDiskUsage>;
}

/** Opens the images of a root. Blobs and layers that no image has (a killed pull left them) are removed. */
export async function createImages(
  options: ImagesOptions,
): Promise<ImageBackend & ImageSource & BuildImages & ImageUpkeep> {
  const store = await ImageStore.open(options.root, options.content, options.log);
  const unfinished = await Unfinished.open(options.root, options.content);
  const garbage = new Garbage({ ...options, store, unfinished });
  const images = new Images(options, store, garbage, unfinished);
  await garbage.collect();
  options.snapshots.onReleased(async (chain) => {
    if (chain === undefined || !garbage.isUsed(chain)) await garbage.collect();
  });
  return images;
}

class Images implements ImageBackend, ImageSource, BuildImages, ImageUpkeep {
  readonly #options: ImagesOptions;
  readonly #store: ImageStore;
  readonly #garbage: Garbage;
  readonly #unfinished: Unfinished;
  readonly #blobLocks = new KeyedLock();
  readonly #compressed: CompressedLayers;

  constructor(options: ImagesOptions, store: ImageStore, garbage: Garbage, unfinished: Unfinished) {
    this.#unfinished = unfinished;
    this.#options = options;
    this.#store = store;
    this.#garbage = garbage;
    this.#compressed = new CompressedLayers(options.root);
  }

  readonly list: ImageBackend["list"] = async ({ filters, sharedSize, manifests = false }) => {
    const find = (name: string) => findImage(this.#store, name);
    const accepts = imageFilter(filters, find, Date.now() / 1000);
    const rows = this.#candidates().filter(accepts);
    const byReference = filters.reference;
    const summaries = rows.map(async ({ image, references }) => {
      const shown =
        byReference === undefined
          ? references
          : references.filter((each) => accepts({ image, references: [each] }));
      return {
        ...summarizeImage(image, { references: shown, layerBytes: this.#layerBytes }),
        ...(sharedSize ? { SharedSize: this.#sharedBytes(image) } : {}),
        ...(manifests ? { Manifests: await this.#manifests(image) } : {}),
      };
    });
    return (await Promise.all(summaries)).toSorted((a, b) => b.Created - a.Created);
  };

  readonly inspect: ImageBackend["inspect"] = async (name) => {
    const image = findImage(this.#store, name);
    return inspectImage(image, this.#surroundings(image));
  };

  readonly history: ImageBackend["history"] = async (name) => {
    const image = findImage(this.#store, name);
    return historyOf(image, this.#surroundings(image));
  };

  readonly resolve = async (name: string): Promise<ResolvedImage> => {
    const image = findImage(this.#store, name);
    return resolvedImage(image, this.#store.referencesOf(image.id));
  };

  readonly pull = (request: PullRequest, signal: AbortSignal): AsyncIterable<ProgressMessage> => {
    const reference = pullReference(request);
    return this.#pullMessages({ ...request, reference }, signal);
  };

  readonly tag: ImageBackend["tag"] = async (name, repository, tag) => {
    const image = findImage(this.#store, name);
    const reference = readReference(tag === "" ? repository : `${repository}:${tag}`);
    if (reference.digest !== undefined) {
      throw new EngineError("invalid-argument", "refusing to create a tag with a digest reference");
    }
    const named = withDefaultTag(reference);
    await this.#store.tag(image.id, named);
    this.#publish("tag", image.id, printFamiliar(named));
  };

  readonly remove: ImageBackend["remove"] = async (name, { force }) => {
    const image = findImage(this.#store, name);
    const users = await this.#options.containersUsing(image.id);
    const parsed = parseReference(name).reference;
    const reference = parsed === undefined ? undefined : withDefaultTag(parsed);
    const plan = planRemoval(image, this.#store.referencesOf(image.id), users, { name, reference, force });
    const items = await this.#untagAndDrop([{ image, ...plan }]);
    const layers = await this.#garbage.collect();
    await this.#store.takeReserve();
    return [...items, ...deleted(layers)];
  };

  readonly prune: ImageBackend["prune"] = async (filters, signal) => {
    const { dangling, ...others } = filters;
    const onlyDangling = dangling === undefined || dangling.length === 0 || flag(dangling);
    const accepts = imageFilter(others as Filters, (name) => findImage(this.#store, name), Date.now() / 1000);
    const removals: Removal[] = [];
    for (const candidate of this.#candidates()) {
      const { image, references } = candidate;
      if ((onlyDangling && !isDangling(references)) || !accepts(candidate)) continue;
      if ((await this.#options.containersUsing(image.id)).length > 0) continue;
      removals.push({ image, untag: references, remove: true });
    }
    const items = await this.#untagAndDrop(removals);
    // What came of pulls that did not end is nobody's image: it has no labels and no age to choose by.
    const partialBytes = Object.keys(others).length === 0 ? await this.#unfinished.clear() : 0;
    const { layers, freedBytes: ofImages } = await this.#garbage.collectMeasured(signal);
    await this.#store.takeReserve();
    const freedBytes = ofImages + partialBytes;
    this.#options.events.publish({
      Type: "image",
      Action: "prune",
      Actor: { ID: "", Attributes: { reclaimed: String(freedBytes) } },
    });
    return { ImagesDeleted: [...items, ...deleted(layers)], SpaceReclaimed: freedBytes };
  };

  readonly ensure = async (
    name: string,
    { pull, platform, auth }: BuildPull,
    onProgress: (line: string) => void,
    signal: AbortSignal,
  ): Promise<ResolvedImage> => {
    if (!pull) {
      try {
        return await this.resolve(name);
      } catch (error) {
        if (!(error instanceof EngineError) || error.kind !== "not-found") throw error;
      }
    }
    const reference = withDefaultTag(readReference(name));
    const request = { reference, platform, auth: credentialsFor(reference.domain, auth) };
    for await (const message of this.#pullMessages(request, signal)) {
      const isCount = message.progressDetail?.current !== undefined;
      if (message.status !== undefined && !isCount) {
        onProgress(message.id === undefined ? message.status : `${message.id}: ${message.status}`);
      }
    }
    return await this.resolve(printFamiliar(reference));
  };

  readonly commit = async (image: NewImage, tags: readonly string[]): Promise<Digest> => {
    const names = tags.map((tag) => withDefaultTag(readReference(tag)));
    await using hold = this.#garbage.hold();
    const id = await storeNewImage({ ...this.#options, store: this.#store }, image, names, hold);
    for (const name of names) this.#publish("tag", id, printFamiliar(name));
    return id;
  };

  readonly push: ImageBackend["push"] = (request, signal) => {
    const named = readReference(request.name);
    if (named.digest !== undefined)
      throw new EngineError("invalid-argument", "cannot push a digest reference");
    const tag = request.tag ?? named.tag;
    const references = tag === undefined ? this.#tagsOf(named) : [{ ...named, tag }];
    return reported(async (report, either) => {
      await pushImages(this.#parts(), { references, auth: request.auth, report }, either);
      for (const reference of references) {
        const name = printFamiliar(reference);
        this.#publish("push", name, familiarName(reference));
        this.#options.log.info("image pushed", { image: name });
      }
    }, signal);
  };

  readonly distribution: ImageBackend["distribution"] = async (name, auth, signal) => {
    const reference = withDefaultTag(readReference(name));
    return await describeDistribution(this.#options.registry, reference, auth, signal);
  };

  readonly search: ImageBackend["search"] = async (work, signal) =>
    await this.#options.registry.search(work, signal);

  readonly login: ImageBackend["login"] = async (auth, signal) => {
    await this.#options.registry.login(registryDomain(auth.serveraddress), auth, signal);
  };

  readonly save: ImageBackend["save"] = (names, platform, signal) => {
    const saved = findSaved(this.#store, names, platform);
    for (const { image, names: own } of saved) {
      this.#publish("save", image.id, own[0] === undefined ? image.id : printFamiliar(own[0]));
    }
    return saveImages(this.#parts(), saved, signal);
  };

  readonly load: ImageBackend["load"] = (archive, signal) => loadImages(this.#parts(), archive, signal);

  readonly importRootfs: ImageBackend["importRootfs"] = async (
    archive,
    { repository, tag, message, changes },
    signal,
  ) => {
    const text = tag === "" ? repository : `${repository}:${tag}`;
    const names = repository === "" ? [] : [withDefaultTag(readReference(text))];
    const image = { names, config: this.#options.applyChanges({}, changes), message };
    const id = await importRootfs(this.#parts(), archive, image, signal);
    this.#publish("import", id, names[0] === undefined ? id : printFamiliar(names[0]));
    return id;
  };

  readonly diskUsage = (signal: AbortSignal): Promise<ImageDiskUsage> =>
    measureImages(this.#parts(), async (id) => (await this.#options.containersUsing(id)).length, signal);

  async *#pullMessages(
    request: Omit<PullRequest, "reference"> & { readonly reference: Reference },
    signal: AbortSignal,
  ): AsyncGenerator<ProgressMessage, void, void> {
    yield* reported(async (report, either) => {
      const references =
        request.allTags === true ? await this.#allTags(request, either) : [request.reference];
      for (const reference of references) {
        await pullImage(this.#parts(), { ...request, reference, report }, either);
        const name = printFamiliar(reference);
        this.#options.events.publish({
          Type: "image",
          Action: "pull",
          Actor: { ID: name, Attributes: { name: familiarName(reference) } },
        });
        this.#options.log.info("image pulled", { image: name });
      }
    }, signal);
  }

  async #allTags(
    { reference, auth }: { readonly reference: Reference; readonly auth: PullRequest["auth"] },
    signal: AbortSignal,
  ): Promise<readonly Reference[]> {
    const tags = await this.#options.registry.tags(reference, auth, signal);
    return tags.map((tag) => ({ ...reference, tag }));
  }

  /** Takes names and images off the record; their parts go with the next collection. */
  async #untagAndDrop(removals: readonly Removal[]): Promise<ImageDeleteItem[]> {
    const items: ImageDeleteItem[] = [];
    for (const { image, untag, remove } of removals) {
      await this.#store.remove(untag, remove ? image.id : undefined);
      for (const reference of untag) {
        items.push({ Untagged: printFamiliar(reference) });
        this.#publish("untag", image.id, image.id);
      }
      if (!remove) continue;
      items.push({ Deleted: image.id });
      this.#publish("delete", image.id, image.id);
      this.#options.log.info("image removed", { image: image.id });
    }
    return items;
  }

  #parts() {
    return {
      ...this.#options,
      store: this.#store,
      garbage: this.#garbage,
      unfinished: this.#unfinished,
      blobLocks: this.#blobLocks,
      compressed: this.#compressed,
    };
  }

  /** All tags of a repository here. Throws `not-found` when there are none. */
  #tagsOf({ domain, path }: Reference): readonly Reference[] {
    const all = this.#candidates().flatMap(({ references }) => references);
    const tagged = all.filter(
      (each) => each.tag !== undefined && each.domain === domain && each.path === path,
    );
    if (tagged.length > 0) return tagged;
    const name = familiarName({ domain, path });
    throw new EngineError("not-found", `An image does not exist locally with the tag: ${name}`);
  }

  #candidates(): { image: Image; references: readonly Reference[] }[] {
    return this.#store.list().map((image) => ({ image, references: this.#store.referencesOf(image.id) }));
  }

  #surroundings(image: Image) {
    return { references: this.#store.referencesOf(image.id), layerBytes: this.#layerBytes };
  }

  async #manifests(image: Image): Promise<readonly ImageManifestSummary[]> {
    const users = await this.#options.containersUsing(image.id);
    const ids = users.map(({ id }) => id);
    return await manifestSummaries(image, this.#options.content, this.#layerBytes, ids);
  }

  /** Bytes of those layers that other images have too. */
  #sharedBytes(image: Image): number {
    const others = new Set(this.#store.list().flatMap((each) => (each.id === image.id ? [] : each.chain)));
    return image.chain.reduce((sum, chain) => sum + (others.has(chain) ? this.#layerBytes(chain) : 0), 0);
  }

  readonly #layerBytes = (chain: Digest): number => this.#options.snapshots.layerBytes(chain);

  #publish(action: string, id: string, name: string): void {
    this.#options.events.publish({ Type: "image", Action: action, Actor: { ID: id, Attributes: { name } } });
  }
}

interface Removal {
  readonly image: Image;
  readonly untag: readonly Reference[];
  readonly remove: boolean;
}

function pullReference({ reference: text, allTags }: PullRequest): Reference {
  const reference = readReference(text);
  if (allTags !== true) return withDefaultTag(reference);
  if (reference.tag === undefined && reference.digest === undefined) return reference;
  throw new EngineError("invalid-argument", "tag can't be used with --all-tags/-a");
}

function deleted(layers: readonly Digest[]): ImageDeleteItem[] {
  return layers.map((chain) => ({ Deleted: chain }));
}

function readReference(text: string): Reference {
  const { reference, problem } = parseReference(text);
  if (reference === undefined) throw new EngineError("invalid-argument", problem);
  return reference;
}
