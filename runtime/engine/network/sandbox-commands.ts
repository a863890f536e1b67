import {
  type EndpointDocument,
  type EndpointLink,
  gatewayEndpoint,
  hasLink,
  vethsOf,
} from "./sandbox-document.ts";

/** Lines for `ip -batch`, on the host: the namespace, and per link a veth pair with its end on the bridge. */
export function hostLines(netns: string, links: readonly EndpointLink[]): readonly string[] {
  return [`netns add ${netns}`, ...links.flatMap((link) => linkLines(netns, link))];
}

/** Lines on the host that add one link to a namespace that stands. */
export function linkLines(netns: string, link: EndpointLink): readonly string[] {
  const { device, name, mac } = link;
  const mtu = link.mtu === undefined ? "" : ` mtu ${link.mtu}`;
  if (device.kind === "macvlan") {
    return [
      `link add link ${device.parent} name ${name} address ${mac}${mtu} netns ${netns} type macvlan mode ${device.mode}`,
    ];
  }
  const { veth, bridge, isolated } = device;
  const peer = `peer name ${name} address ${mac}${mtu} netns ${netns}`;
  return [
    `link add ${veth}${mtu} master ${bridge} up type veth ${peer}`,
    // Where br_netfilter is on, a container that reaches itself through the host is sent back out of the port it came in by.
    `link set ${veth} type bridge_slave hairpin on${isolated ? " isolated on" : ""}`,
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

/** Lines inside the namespace that bring one link up. In a network without IPv6 no IPv6 address makes itself. */
export function addressLines(link: EndpointLink): readonly string[] {
  const { name, ipv6, linkLocal } = link;
  return [
    ...(ipv6 === undefined ? [`link set ${name} addrgenmode none`] : []),
    `address add ${link.address}/${link.prefixLength} dev ${name}`,
    // The engine gives each address once: nobody has to be asked whether it is free, and it serves at once.
    ...(ipv6 === undefined ? [] : [`address add ${ipv6.address}/${ipv6.prefixLength} dev ${name} nodad`]),
    ...linkLocal.map((cidr) => `address add ${cidr} dev ${name}${cidr.includes(":") ? " nodad" : ""}`),
    `link set ${name} up`,
  ];
}

/** Lines inside the namespace that set the default routes. IPv6 may leave by another link: not every network has it. */
export function routeLines(endpoints: readonly EndpointDocument[]): readonly string[] {
  const link = gatewayEndpoint(endpoints)?.link;
  const link6 = gatewayEndpoint(endpoints.filter(({ link }) => link?.ipv6?.gateway !== undefined))?.link;
  return [
    ...(link?.gateway === undefined ? [] : [`route replace default via ${link.gateway} dev ${link.name}`]),
    ...(link6?.ipv6?.gateway === undefined
      ? []
      : [`route replace default via ${link6.ipv6.gateway} dev ${link6.name}`]),
  ];
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
    ...vethsOf(endpoints).map((veth) => `link set ${veth} nomaster down`),
    ...(netns === undefined ? [] : [`netns delete ${netns}`]),
  ];
}

export interface Bridge {
  readonly name: string;
  readonly alias: string;
  readonly mac: string;
  /** Its addresses, as CIDR with host bits. */
  readonly gateways: readonly string[];
  readonly mtu: number | undefined;
}

/** Lines on the host that make a bridge. Its hardware address is fixed, or it would change with its ports. */
export function bridgeLines(bridge: Bridge): readonly string[] {
  const mtu = bridge.mtu === undefined ? "" : ` mtu ${bridge.mtu}`;
  return [`link add name ${bridge.name} address ${bridge.mac}${mtu} type bridge`, ...bridgeUpLines(bridge)];
}

/** The part that can be done again to a bridge that stands. */
export function bridgeUpLines(bridge: Bridge): readonly string[] {
  const hasIpv6 = bridge.gateways.some((gateway) => gateway.includes(":"));
  // Neighbours are asked for from a link-local address.
  const addresses = hasIpv6 ? [...bridge.gateways, "fe80::1/64"] : bridge.gateways;
  return [
    `link set ${bridge.name} alias ${bridge.alias} addrgenmode none`,
    ...addresses.map(
      (address) => `address replace ${address} dev ${bridge.name}${address.includes(":") ? " nodad" : ""}`,
    ),
    `link set ${bridge.name} up`,
  ];
}
