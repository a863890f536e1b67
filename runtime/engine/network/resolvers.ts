import type { Logger } from "../log.ts";
import { type Asker, decide, type NamedEndpoint } from "./dns/decide.ts";
import type { HostNameservers } from "./dns/host-nameservers.ts";
import type { Query } from "./dns/message.ts";
import { ResolverServer } from "./dns/resolver-server.ts";
import { bridgeGateway, type NetworkDocument } from "./network-document.ts";
import type { NetworkTable } from "./network-table.ts";
import { dnsNames, hasLink } from "./sandbox-document.ts";

/** One resolver for each network that has a bridge. */
export class Resolvers {
  readonly #table: NetworkTable;
  readonly #host: HostNameservers;
  readonly #log: Logger;
  readonly #servers = new Map<string, ResolverServer>();

  constructor(table: NetworkTable, host: HostNameservers, log: Logger) {
    this.#table = table;
    this.#host = host;
    this.#log = log;
  }

  /** Listens on the gateway's address, which must be on its bridge. A network without resolver works, without names. */
  async start(network: NetworkDocument): Promise<void> {
    const gateway = bridgeGateway(network);
    if (gateway === undefined || this.#servers.has(network.id)) return;
    try {
      const server = await ResolverServer.listen(gateway, {
        decide: (query, source) => decideFor(this.#table, network, query, source),
        hostNameservers: () => this.#host.current.nameservers,
      });
      this.#servers.set(network.id, server);
      if (server.port !== 53) {
        this.#log.info("port 53 is taken; the resolver uses another", {
          network: network.name,
          port: server.port,
        });
      }
    } catch (error) {
      this.#log.error("no name resolution in a network", { network: network.name, error });
    }
  }

  async stop(networkId: string): Promise<void> {
    const server = this.#servers.get(networkId);
    this.#servers.delete(networkId);
    await server?.close();
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#servers.keys()].map((id) => this.stop(id)));
  }

  /** The port the network's resolver listens on. */
  portOf(networkId: string): number {
    return this.#servers.get(networkId)?.port ?? 53;
  }
}

function decideFor(table: NetworkTable, network: NetworkDocument, query: Query, source: string) {
  return decide(query, findAsker(table, network, source), namedEndpoints(table));
}

/** Who asks is told by the address on the network that it asks from. */
function findAsker(table: NetworkTable, network: NetworkDocument, source: string): Asker | undefined {
  const sandbox = table
    .attachments(network.id)
    .find(({ endpoint }) => endpoint.link?.address === source)?.sandbox;
  if (sandbox === undefined) return undefined;
  const linked = sandbox.endpoints.filter(hasLink);
  const links = linked.flatMap(({ wanted }) => (wanted.Links ?? []).map(parseLink));
  return {
    networkIds: new Set(
      linked.filter(({ link }) => link.resolver !== undefined).map(({ networkId }) => networkId),
    ),
    links: Object.fromEntries(links),
    mayForward: linked.some(({ link }) => link.gateway !== undefined),
    dns: sandbox.dns,
  };
}

/** `CONTAINER:ALIAS` or `CONTAINER`, as alias and container. */
function parseLink(text: string): readonly [alias: string, container: string] {
  const [container = "", alias = container] = text.split(":");
  return [alias.replace(/^\//, "").toLowerCase(), container.replace(/^\//, "")];
}

function namedEndpoints(table: NetworkTable): readonly NamedEndpoint[] {
  return table.sandboxes().flatMap((sandbox) =>
    sandbox.endpoints.filter(hasLink).map((endpoint) => ({
      networkId: endpoint.networkId,
      networkName: endpoint.networkName,
      containerName: sandbox.name,
      addresses: [
        endpoint.link.address,
        ...(endpoint.link.ipv6 === undefined ? [] : [endpoint.link.ipv6.address]),
      ],
      names: dnsNames(sandbox, endpoint.aliases),
    })),
  );
}
