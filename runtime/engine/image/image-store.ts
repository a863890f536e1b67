import { dirname, join } from "node:path";
import { parseReference, printReference, type Reference } from "../../model/reference.ts";
import type { LayerRef } from "../build/ports.ts";
import type { ContentStore } from "../content/content-store.ts";
import { EngineError } from "../error.ts";
import type { Logger } from "../log.ts";
import { type ImageConfigDocument, parseConfig } from "../registry/manifest.ts";
import { chainIds } from "../snapshot/chain-id.ts";
import { openDirectory, readJsonFile, writeJsonFile } from "../store/atomic-file.ts";
import { KeyedLock } from "../store/keyed-lock.ts";
import { Reserve } from "../store/reserve.ts";
import type { Digest } from "./resolved.ts";

/** An image this engine has. Its config is a blob named by `id`. */
export interface ImageRecord {
  readonly id: Digest;
  /** Base first; one for each diff id of the config. */
  readonly layers: readonly LayerRef[];
  /** The manifest it was pulled with. */
  readonly manifest?: { readonly digest: Digest; readonly mediaType: string };
  /** RFC 3339; when a name was last given to it. */
  readonly taggedAt?: string;
}

export interface Image extends ImageRecord {
  readonly config: ImageConfigDocument;
  /** Chain ids of its layers, base first. */
  readonly chain: readonly Digest[];
}

interface Document {
  readonly images: Readonly<Record<string, ImageRecord>>;
  /** Whole references (`docker.io/library/busybox:latest`, also with digests) to image ids. */
  readonly references: Readonly<Record<string, Digest>>;
}

/** Which images there are and what they are called: `images/images.json`, and the same in memory. */
export class ImageStore {
  readonly #path: string;
  readonly #images = new Map<Digest, Image>();
  readonly #references = new Map<string, Digest>();
  readonly #lock = new KeyedLock();
  readonly #reserve: Reserve;

  private constructor(path: string) {
    this.#path = path;
    this.#reserve = new Reserve(dirname(path));
  }

  /** An image whose config cannot be read is left out, with a warning; its names go with it. */
  static async open(root: string, content: ContentStore, log: Logger): Promise<ImageStore> {
    const directory = join(root, "images");
    await openDirectory(directory);
    const store = new ImageStore(join(directory, "images.json"));
    await store.takeReserve();
    const document = (await readJsonFile(store.#path)) as Document | undefined;
    for (const record of Object.values(document?.images ?? {})) {
      try {
        store.#images.set(record.id, await loadImage(record, content));
      } catch (error) {
        log.warn("an image is damaged and left out", { image: record.id, error });
      }
    }
    for (const [name, id] of Object.entries(document?.references ?? {})) {
      if (store.#images.has(id)) store.#references.set(name, id);
    }
    return store;
  }

  list(): readonly Image[] {
    return [...this.#images.values()];
  }

  get(id: Digest): Image | undefined {
    return this.#images.get(id);
  }

  find(reference: Reference): Image | undefined {
    const id = this.#references.get(printReference(reference));
    return id === undefined ? undefined : this.#images.get(id);
  }

  /** The names of an image, tags and digests, sorted. */
  referencesOf(id: Digest): readonly Reference[] {
    return [...this.#references]
      .filter(([, each]) => each === id)
      .map(([name]) => name)
      .sort()
      .map((name) => parseReference(name).reference)
      .filter((reference) => reference !== undefined);
  }

  /** Stores the image (its config must be in the content store) and gives it names, taking them off other images. */
  async put(record: ImageRecord, references: readonly Reference[], content: ContentStore): Promise<Image> {
    const image = await loadImage(record, content);
    await this.#change(() => {
      this.#images.set(image.id, image);
      for (const reference of references) this.#references.set(printReference(reference), image.id);
    });
    return image;
  }

  /** Throws `not-found` when the image is gone. */
  async tag(id: Digest, reference: Reference): Promise<void> {
    await this.#change(() => {
      const image = this.#images.get(id);
      if (image === undefined) throw new EngineError("not-found", `No such image: ${id}`);
      this.#images.set(id, { ...image, taggedAt: new Date().toISOString() });
      this.#references.set(printReference(reference), id);
    });
  }

  /** Gives an image one more name, a digest; that is no change of its tags. Does nothing when the image is gone. */
  async addName(id: Digest, reference: Reference): Promise<void> {
    await this.#change(() => {
      if (this.#images.has(id)) this.#references.set(printReference(reference), id);
    });
  }

  /** Takes names away and, with `id`, the image that had them. */
  async remove(references: readonly Reference[], id: Digest | undefined): Promise<void> {
    const change = () =>
      this.#change(() => {
        for (const reference of references) this.#references.delete(printReference(reference));
        if (id !== undefined) this.#images.delete(id);
      });
    await this.#reserve.spend(change);
  }

  /** After removals: room for the next ones on a full disk. */
  async takeReserve(): Promise<void> {
    await this.#reserve.take();
  }

  async #change(apply: () => void): Promise<void> {
    await this.#lock.run("document", async () => {
      const before = { images: new Map(this.#images), references: new Map(this.#references) };
      apply();
      try {
        await writeJsonFile(this.#path, this.#document());
      } catch (error) {
        restore(this.#images, before.images);
        restore(this.#references, before.references);
        throw error;
      }
    });
  }

  #document(): Document {
    const records = this.list().map(({ config: _config, chain: _chain, ...record }) => [record.id, record]);
    return { images: Object.fromEntries(records), references: Object.fromEntries(this.#references) };
  }
}

function restore<K, V>(map: Map<K, V>, before: ReadonlyMap<K, V>): void {
  map.clear();
  for (const [key, value] of before) map.set(key, value);
}

async function loadImage(record: ImageRecord, content: ContentStore): Promise<Image> {
  const config = parseConfig(await content.readJson(record.id));
  return { ...record, config, chain: chainIds(config.rootfs.diff_ids) };
}
