import { isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import type { Flow } from "../host/conntrack-codec.ts";
import { parseBridgeOptions } from "./driver-options.ts";
import type { KernelNames } from "./names.ts";
import { bridgeGateway } from "./network-document.ts";
import type { NetworkTable } from "./network-table.ts";
import type { PublishedTarget, Ruleset, RulesetNetwork } from "./ruleset.ts";
import { publishingEndpoint, type SandboxDocument } from "./sandbox-document.ts";

/** Where a sandbox's published ports lead: to its address in the network of its default route. */
export function publishedTargets(sandbox: SandboxDocument): readonly PublishedTarget[] {
  const link = publishingEndpoint(sandbox.endpoints)?.link;
  return sandbox.ports.flatMap((port) => {
    const address = isIPv6(port.hostIp) ? link?.ipv6?.address : link?.address;
    return address === undefined ? [] : [{ ...port, address }];
  });
}

/** The rules that all networks and sandboxes together ask for. */
export function rulesetOf(
  table: NetworkTable,
  names: KernelNames,
  resolverPortOf: (networkId: string) => number,
): Ruleset {
  const networks = table.networks().flatMap((network): RulesetNetwork[] => {
    const gateway = bridgeGateway(network);
    if (network.bridge === undefined || gateway === undefined) return [];
    const { masquerade, hostIpv4, hostIpv6, trustedLinks } = parseBridgeOptions(network.options);
    return [
      {
        bridge: network.bridge,
        subnets: network.pools.map(({ subnet }) => subnet),
        gateway,
        internal: network.internal,
        masquerade,
        hostIpv4,
        hostIpv6,
        trustedLinks,
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
    (own.has(destination) || destination.startsWith("127.") || destination === "::1");
}
