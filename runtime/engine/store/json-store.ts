import { readdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { EngineError } from "../error.ts";
import { ignoreMissing, openDirectory, readJsonFile, syncDirectory, writeJsonFile } from "./atomic-file.ts";

/** Ids become file names: no separators, no leading dot or dash, at most 200 characters. */
const idPattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,199}$/;
const suffix = ".json";

/**
 * A directory of documents, one `ID.json` each. A write is atomic and durable when its promise resolves; writes and
 * removals of one id happen in the order they were asked for. Only one process may have a directory open.
 *
 * `parse` checks a value read from disk at the boundary and may throw; the default trusts what this engine wrote.
 */
export class JsonStore<T> {
  readonly directory: string;
  readonly #parse: (value: unknown) => T;
  readonly #pending = new Map<string, Promise<unknown>>();

  private constructor(directory: string, parse: (value: unknown) => T) {
    this.directory = directory;
    this.#parse = parse;
  }

  /** Makes the directory when it is missing and removes what interrupted writes left. */
  static async open<T>(
    directory: string,
    parse: (value: unknown) => T = (value) => value as T,
  ): Promise<JsonStore<T>> {
    await openDirectory(directory);
    return new JsonStore(directory, parse);
  }

  /** All documents by id, sorted by id. One that cannot be read is thrown, or passed to `onUnreadable` and left out. */
  async readAll({
    onUnreadable,
  }: {
    readonly onUnreadable?: (id: string) => Promise<void>;
  } = {}): Promise<ReadonlyMap<string, T>> {
    const names = (await readdir(this.directory)).filter((name) => name.endsWith(suffix)).sort();
    const documents = new Map<string, T>();
    for (const name of names) {
      const id = name.slice(0, -suffix.length);
      const document = await this.read(id).catch(async (error: unknown) => {
        if (onUnreadable === undefined) throw error;
        await onUnreadable(id);
        return undefined;
      });
      if (document !== undefined) documents.set(id, document);
    }
    return documents;
  }

  /** Undefined when there is none. */
  async read(id: string): Promise<T | undefined> {
    const path = this.#path(id);
    await this.#pending.get(id)?.catch(() => {});
    const value = await readJsonFile(path);
    return value === undefined ? undefined : this.#parse(value);
  }

  async write(id: string, document: T): Promise<void> {
    const path = this.#path(id);
    await this.#inOrder(id, () => writeJsonFile(path, document));
  }

  /** Does nothing when there is none. */
  async remove(id: string): Promise<void> {
    const path = this.#path(id);
    await this.#inOrder(id, async () => {
      await unlink(path).catch(ignoreMissing);
      await syncDirectory(this.directory);
    });
  }

  #path(id: string): string {
    if (!idPattern.test(id)) {
      throw new EngineError("invalid-argument", `${JSON.stringify(id)} cannot be the id of a document`);
    }
    return join(this.directory, `${id}${suffix}`);
  }

  async #inOrder(id: string, step: () => Promise<void>): Promise<void> {
    const before = this.#pending.get(id) ?? Promise.resolve();
    const mine = before.catch(() => {}).then(step);
    this.#pending.set(id, mine);
    try {
      await mine;
    } finally {
      if (this.#pending.get(id) === mine) this.#pending.delete(id);
    }
  }
}
