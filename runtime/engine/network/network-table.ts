import { join } from "node:path";
import { EngineError } from "../error.ts";
import { JsonStore } from "../store/json-store.ts";
import { type Address, parseAddress } from "./address.ts";
import { claimAddress, pickAddress } from "./ipam.ts";
import { type NetworkDocument, readPool } from "./network-document.ts";
import type { EndpointDocument, SandboxDocument } from "./sandbox-document.ts";

/** An endpoint and the sandbox it belongs to. */
export interface Attachment {
  readonly sandbox: SandboxDocument;
  readonly endpoint: EndpointDocument;
}

/**
 * All networks and sandboxes of the engine, in memory and on disk. A change is in memory at once, so that two requests never
 * get the same name or address, and durable when the returned promise resolves.
 */
export class NetworkTable {
  readonly #networkStore: JsonStore<NetworkDocument>;
  readonly #sandboxStore: JsonStore<SandboxDocument>;
  readonly #networks = new Map<string, NetworkDocument>();
  readonly #sandboxes = new Map<string, SandboxDocument>();
  readonly #lastAddress = new Map<string, Address>();

  private constructor(networkStore: JsonStore<NetworkDocument>, sandboxStore: JsonStore<SandboxDocument>) {
    this.#networkStore = networkStore;
    this.#sandboxStore = sandboxStore;
  }

  static async open(root: string): Promise<NetworkTable> {
    const directory = join(root, "networks");
    const networkStore = await JsonStore.open<NetworkDocument>(directory);
    const sandboxStore = await JsonStore.open<SandboxDocument>(join(directory, "sandboxes"));
    const table = new NetworkTable(networkStore, sandboxStore);
    for (const network of (await networkStore.readAll()).values()) table.#networks.set(network.id, network);
    for (const sandbox of (await sandboxStore.readAll()).values()) {
      table.#sandboxes.set(sandbox.containerId, sandbox);
    }
    return table;
  }

  /** Oldest first. */
  networks(): readonly NetworkDocument[] {
    return [...this.#networks.values()].sort((a, b) => (a.created < b.created ? -1 : 1));
  }

  sandboxes(): readonly SandboxDocument[] {
    return [...this.#sandboxes.values()];
  }

  sandbox(containerId: string): SandboxDocument | undefined {
    return this.#sandboxes.get(containerId);
  }

  network(id: string): NetworkDocument | undefined {
    return this.#networks.get(id);
  }

  /** By name, id or unambiguous id prefix. Throws `not-found` in Docker's words. */
  findNetwork(nameOrId: string): NetworkDocument {
    const all = this.networks();
    const exact =
      all.find((network) => network.name === nameOrId) ?? all.find((network) => network.id === nameOrId);
    if (exact !== undefined) return exact;
    const byPrefix = nameOrId === "" ? [] : all.filter((network) => network.id.startsWith(nameOrId));
    const [first, second] = byPrefix;
    if (second !== undefined) {
      throw new EngineError(
        "invalid-argument",
        `network ${nameOrId} is ambiguous (${byPrefix.length} matches found based on ID prefix)`,
      );
    }
    if (first === undefined) throw new EngineError("not-found", `network ${nameOrId} not found`);
    return first;
  }

  /** Throws `conflict` when the name is taken. */
  async addNetwork(network: NetworkDocument): Promise<void> {
    if (this.networks().some((other) => other.name === network.name)) {
      throw new EngineError("conflict", `network with name ${network.name} already exists`);
    }
    this.#networks.set(network.id, network);
    try {
      await this.#networkStore.write(network.id, network);
    } catch (error) {
      this.#networks.delete(network.id);
      throw error;
    }
  }

  /** Takes the name and the addresses back at once; the file goes by `eraseNetwork`, when the kernel has nothing left of it. */
  forgetNetwork(id: string): void {
    this.#networks.delete(id);
    this.#lastAddress.delete(id);
  }

  async eraseNetwork(id: string): Promise<void> {
    await this.#networkStore.remove(id);
  }

  /** In memory only: names, addresses and ports are taken from now on. */
  reserveSandbox(sandbox: SandboxDocument): void {
    this.#sandboxes.set(sandbox.containerId, sandbox);
  }

  async writeSandbox(sandbox: SandboxDocument): Promise<void> {
    this.#sandboxes.set(sandbox.containerId, sandbox);
    await this.#sandboxStore.write(sandbox.containerId, sandbox);
  }

  async removeSandbox(containerId: string): Promise<void> {
    this.#sandboxes.delete(containerId);
    await this.#sandboxStore.remove(containerId);
  }

  attachments(networkId: string): readonly Attachment[] {
    return this.sandboxes().flatMap((sandbox) =>
      sandbox.endpoints
        .filter((endpoint) => endpoint.networkId === networkId)
        .map((endpoint) => ({ sandbox, endpoint })),
    );
  }

  /**
   * An address for a new endpoint: the wanted one, or the next free. It is only taken once a sandbox with it is reserved,
   * in the same turn of the event loop.
   */
  chooseAddress(network: NetworkDocument, wanted: Address | undefined): Address {
    const pool = readPool(network);
    if (pool === undefined) throw new Error(`network ${network.name} has no addresses`);
    const used = new Set(
      this.attachments(network.id).flatMap(
        ({ endpoint }) => parseAddress(endpoint.link?.address ?? "") ?? [],
      ),
    );
    if (wanted !== undefined) return claimAddress(pool, used, wanted);
    const address = pickAddress(pool, used, this.#lastAddress.get(network.id));
    this.#lastAddress.set(network.id, address);
    return address;
  }
}
