import { networkInterfaces } from "node:os";
import type { Flow } from "../host/conntrack-codec.ts";
import type { KernelNames } from "./names.ts";
import { parseBridgeOptions } from "./network-document.ts";
import type { NetworkTable } from "./network-table.ts";
import type { PublishedTarget, Ruleset, RulesetNetwork } from "./ruleset.ts";
import { gatewayEndpoint, type SandboxDocument } from "./sandbox-document.ts";

/** Where a sandbox's published ports lead: to its address in the network of its default route. */
export function publishedTargets(sandbox: SandboxDocument): readonly PublishedTarget[] {
  const address = gatewayEndpoint(sandbox.endpoints)?.link.address;
  if (address === undefined) return [];
  return sandbox.ports.map((port) => ({ ...port, address }));
}

/** The rules that all networks and sandboxes together ask for. */
export function rulesetOf(
  table: NetworkTable,
  names: KernelNames,
  resolverPortOf: (networkId: string) => number,
): Ruleset {
  const networks = table.networks().flatMap((network): RulesetNetwork[] => {
    if (network.bridge === undefined || network.pool === undefined) return [];
    return [
      {
        bridge: network.bridge,
        subnet: network.pool.subnet,
        gateway: network.pool.gateway,
        internal: network.internal,
        masquerade: parseBridgeOptions(network.options).masquerade,
        resolverPort: resolverPortOf(network.id),
      },
    ];
  });
  return { table: names.table, networks, published: table.sandboxes().flatMap(publishedTargets) };
}

const udp = 17;

/** Which flows belong to the published UDP ports: by the address of this host they were sent to. Undefined without UDP ports. */
export function udpFlowsTo(ports: readonly PublishedTarget[]): ((flow: Flow) => boolean) | undefined {
  const numbers = new Set(ports.filter(({ protocol }) => protocol === "udp").map(({ hostPort }) => hostPort));
  if (numbers.size === 0) return undefined;
  const own = new Set(
    Object.values(networkInterfaces()).flatMap((infos) => (infos ?? []).map((i) => i.address)),
  );
  return ({ protocol, destination, destinationPort }) =>
    protocol === udp &&
    numbers.has(destinationPort) &&
    (own.has(destination) || destination.startsWith("127."));
}
