import { EngineError } from "../error.ts";
import type { JsonStore } from "../store/json-store.ts";
import type { ContainerDocument } from "./document.ts";
import { ContainerRecord } from "./record.ts";

/** All containers of this engine; names and ids are looked up and claimed here. */
export class ContainerTable {
  readonly #records = new Map<string, ContainerRecord>();
  /** Names of containers that are being made, before their document is on disk. */
  readonly #claims = new Map<string, string>();
  readonly #store: JsonStore<ContainerDocument>;

  constructor(store: JsonStore<ContainerDocument>) {
    this.#store = store;
  }

  /** Reads what is on disk; a document that cannot be read stops the engine rather than being forgotten. */
  async load(): Promise<void> {
    for (const document of (await this.#store.readAll()).values()) {
      this.#records.set(document.id, new ContainerRecord(this.#store, document));
    }
  }

  all(): readonly ContainerRecord[] {
    return [...this.#records.values()];
  }

  /** By id, name (with or without slash), or an id's beginning. Throws `not-found` in Docker's words. */
  get(nameOrId: string): ContainerRecord {
    const record = this.find(nameOrId);
    if (record === undefined) throw new EngineError("not-found", `No such container: ${nameOrId}`);
    return record;
  }

  find(nameOrId: string): ContainerRecord | undefined {
    const exact = this.#records.get(nameOrId) ?? this.#byName(nameOrId.replace(/^\//, ""));
    if (exact !== undefined || !/^[0-9a-f]{1,64}$/.test(nameOrId)) return exact;
    const matches = this.all().filter((record) => record.id.startsWith(nameOrId));
    if (matches.length > 1) {
      throw new EngineError("invalid-argument", `Multiple IDs found with provided prefix: ${nameOrId}`);
    }
    return matches[0];
  }

  #byName(name: string): ContainerRecord | undefined {
    return this.all().find((record) => record.document.name === name);
  }

  /** Holds a name until `release`; throws `conflict` in Docker's words when somebody has it. */
  claim(name: string, id: string): { readonly release: () => void } {
    const owner = this.#byName(name)?.id ?? this.#claims.get(name);
    if (owner !== undefined) {
      throw new EngineError(
        "conflict",
        `Conflict. The container name "/${name}" is already in use by container "${owner}". You have to remove (or rename) that container to be able to reuse that name.`,
      );
    }
    this.#claims.set(name, id);
    return { release: () => this.#claims.delete(name) };
  }

  isNameFree(name: string): boolean {
    return this.#byName(name) === undefined && !this.#claims.has(name);
  }

  /** Writes the document, then knows the container. */
  async add(document: ContainerDocument): Promise<ContainerRecord> {
    await this.#store.write(document.id, document);
    const record = new ContainerRecord(this.#store, document);
    this.#records.set(document.id, record);
    return record;
  }

  async remove(record: ContainerRecord): Promise<void> {
    await this.#store.remove(record.id);
    this.#records.delete(record.id);
  }
}
