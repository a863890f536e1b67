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
