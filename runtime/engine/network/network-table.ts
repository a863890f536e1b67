import { join } from "node:path";
import { EngineError } from "../error.ts";
import { JsonStore } from "../store/json-store.ts";
import { type Address, type Family, isUsable, parseAddress, printAddress, printSubnet } from "./address.ts";
import { claimAddress, type Pool, pickAddress } from "./ipam.ts";
import type { NetworkDocument } from "./network-document.ts";
import { upgradeNetwork, upgradeSandbox } from "./old-documents.ts";
import { poolFamily, readPool } from "./pool-document.ts";
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
    for (const network of (await networkStore.readAll()).values()) {
      table.#networks.set(network.id, upgradeNetwork(network));
    }
    for (const sandbox of (await sandboxStore.readAll()).values()) {
      table.#sandboxes.set(sandbox.containerId, upgradeSandbox(sandbox));
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
    for (const key of [...this.#lastAddress.keys()]) if (key.startsWith(id)) this.#lastAddress.delete(key);
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
   * An address for a new endpoint: the wanted one, or the next free of the first pool that has one. It is only taken once a
   * sandbox with it is reserved, in the same turn of the event loop. Throws `invalid-argument` for an address outside of all
   * pools, `conflict` for one that is taken, `unavailable` when all are.
   */
  chooseAddress(
    network: NetworkDocument,
    family: Family,
    wanted: Address | undefined,
  ): { readonly pool: Pool; readonly address: Address } {
    const pools = network.pools.filter((pool) => poolFamily(pool) === family).map(readPool);
    const subnets = pools.map(({ subnet }) => printSubnet(subnet)).join(", ");
    const used = new Set(
      this.attachments(network.id)
        .flatMap(({ endpoint }) => [endpoint.link?.address, endpoint.link?.ipv6?.address])
        .flatMap((text) => parseAddress(text ?? "") ?? []),
    );
    if (wanted !== undefined) {
      const pool = pools.find(({ subnet }) => isUsable(subnet, wanted));
      if (pool !== undefined) return { pool, address: claimAddress(pool, used, wanted) };
      throw new EngineError(
        "invalid-argument",
        `no configured subnet or ip-range contain the IP address ${printAddress(wanted)} (network ${network.name} has ${subnets || `none of IPv${family}`})`,
      );
    }
    for (const pool of pools) {
      const key = `${network.id} ${printSubnet(pool.range)}`;
      const address = pickAddress(pool, used, this.#lastAddress.get(key));
      if (address === undefined) continue;
      this.#lastAddress.set(key, address);
      return { pool, address };
    }
    throw new EngineError(
      "unavailable",
      `no available IPv${family} addresses on this network's address pools: ${network.name} (${subnets})`,
    );
  }
}
