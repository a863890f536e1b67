import { printSubnet, type Subnet } from "./address.ts";
import { type EndpointDocument, type EndpointLink, gatewayEndpoint, hasLink } from "./sandbox-document.ts";

/** Lines for `ip -batch`, on the host: the namespace, and per link a veth pair with its end on the bridge. */
export function hostLines(netns: string, links: readonly EndpointLink[]): readonly string[] {
  return [`netns add ${netns}`, ...links.flatMap((link) => linkLines(netns, link))];
}

/** Lines on the host that add one link to a namespace that stands. */
export function linkLines(netns: string, link: EndpointLink): readonly string[] {
  const mtu = link.mtu === undefined ? "" : ` mtu ${link.mtu}`;
  const peer = `peer name ${link.name} address ${link.mac}${mtu} netns ${netns}`;
  return [
    `link add ${link.veth}${mtu} master ${link.bridge} up type veth ${peer}`,
    // Where br_netfilter is on, a container that reaches itself through the host is sent back out of the port it came in by.
    `link set ${link.veth} type bridge_slave hairpin on${link.isolated ? " isolated on" : ""}`,
  ];
}

/** Lines inside the namespace of a new sandbox. */
export function namespaceLines(endpoints: readonly EndpointDocument[]): readonly string[] {
  return [
    "link set lo up",
    ...endpoints.filter(hasLink).flatMap(({ link }) => addressLines(link)),
    ...routeLines(endpoints),
  ];
}

/** Lines inside the namespace that bring one link up. No IPv6 address makes itself. */
export function addressLines(link: EndpointLink): readonly string[] {
  return [
    `link set ${link.name} addrgenmode none`,
    `address add ${link.address}/${link.prefixLength} dev ${link.name}`,
    `link set ${link.name} up`,
  ];
}

/** Lines inside the namespace that set the default route to the endpoint that holds it. */
export function routeLines(endpoints: readonly EndpointDocument[]): readonly string[] {
  const link = gatewayEndpoint(endpoints)?.link;
  if (link?.gateway === undefined) return [];
  return [`route replace default via ${link.gateway} dev ${link.name}`];
}

/**
 * Lines on the host that take a sandbox away; each may fail without the others. The links leave their bridges at once, and so
 * do the addresses; the kernel deletes them with the namespace, which nobody has to wait for (`link delete` takes 24 ms).
 */
export function removalLines(
  netns: string | undefined,
  endpoints: readonly EndpointDocument[],
): readonly string[] {
  return [
    ...endpoints.filter(hasLink).map(({ link }) => `link set ${link.veth} nomaster down`),
    ...(netns === undefined ? [] : [`netns delete ${netns}`]),
  ];
}

export interface Bridge {
  readonly name: string;
  readonly alias: string;
  readonly mac: string;
  readonly gateway: string;
  readonly subnet: Subnet;
  readonly mtu: number | undefined;
}

/** Lines on the host that make a bridge. Its hardware address is fixed, or it would change with its ports. */
export function bridgeLines(bridge: Bridge): readonly string[] {
  const mtu = bridge.mtu === undefined ? "" : ` mtu ${bridge.mtu}`;
  return [`link add name ${bridge.name} address ${bridge.mac}${mtu} type bridge`, ...bridgeUpLines(bridge)];
}

/** The part that can be done again to a bridge that stands. */
export function bridgeUpLines(bridge: Bridge): readonly string[] {
  const prefixLength = printSubnet(bridge.subnet).split("/")[1];
  return [
    `link set ${bridge.name} alias ${bridge.alias} addrgenmode none`,
    `address replace ${bridge.gateway}/${prefixLength} dev ${bridge.name}`,
    `link set ${bridge.name} up`,
  ];
}
