import { isIPv6 } from "node:net";
import type { PublishedPort } from "./port-mapping.ts";

/** Everything the firewall of one engine holds, as data. */
export interface Ruleset {
  readonly table: string;
  readonly networks: readonly RulesetNetwork[];
  readonly published: readonly PublishedTarget[];
}

export interface RulesetNetwork {
  readonly bridge: string;
  /** CIDRs of both families. */
  readonly subnets: readonly string[];
  /** IPv4: the resolver's address. */
  readonly gateway: string;
  readonly internal: boolean;
  readonly masquerade: boolean;
  /** What containers are known by outside; undefined for the address of the way out. */
  readonly hostIpv4: string | undefined;
  readonly hostIpv6: string | undefined;
  /** Devices whose neighbours reach every port of every container. */
  readonly trustedLinks: readonly string[];
  /** Where the resolver listens on the gateway address when port 53 was taken. */
  readonly resolverPort: number;
}

export interface PublishedTarget extends PublishedPort {
  readonly address: string;
}

/**
 * The whole table as one transaction that replaces what was there, so applying it never leaves a moment without rules.
 *
 * - `publish` rewrites what is sent to published ports by map lookup, for packets from outside and from this host alike.
 *   127.0.0.0/8 is only ever matched for packets of this host.
 * - `loopback6` refuses published ports on ::1 at once: the kernel delivers no answer to ::1 that comes from another device,
 *   and clients go on with 127.0.0.1.
 * - `forward` lets into a network its own packets, answers, and what was published; nothing else, so neither another network
 *   nor a neighbour with a route reaches a container's unpublished ports (but for devices that the network trusts). Internal networks have no traffic with the outside
 *   at all, and of this host only the resolver.
 * - `postrouting` hides containers behind the host on the way out. Packets from outside to a published port keep their
 *   sender; only a container that reaches itself or a neighbour through the host's address, and 127.0.0.1, are rewritten,
 *   because the answers would not come back otherwise.
 *
 * Golden-tested. Source of the syntax: nft(8).
 */
export function printRuleset(ruleset: Ruleset): string {
  const { table, networks } = ruleset;
  const quoted = networks.map((network) => `"${network.bridge}"`);
  const internal = networks.filter((network) => network.internal);
  const mapped = (map: PublishMap) => ruleset.published.filter((port) => mapOf(port) === map).map(elementOf);
  const body = [
    ...printSet("set bridges", "ifname", quoted),
    ...printSet("map published_any", `${keyType} : ipv4_addr . inet_service`, mapped("published_any")),
    ...printSet(
      "map published_at",
      `ipv4_addr . ${keyType} : ipv4_addr . inet_service`,
      mapped("published_at"),
    ),
    ...printSet("map published_any6", `${keyType} : ipv6_addr . inet_service`, mapped("published_any6")),
    ...printSet(
      "map published_at6",
      `ipv6_addr . ${keyType} : ipv6_addr . inet_service`,
      mapped("published_at6"),
    ),
    ...printSet("map into", "ifname : verdict", networks.map(jumpTo("into"))),
    ...printSet("map from_internal", "ifname : verdict", internal.map(jumpTo("from"))),
    ...printSet("map to_host", "ifname : verdict", internal.map(jumpTo("host"))),
    ...networks.flatMap(printIntoChain),
    ...internal.flatMap(printInternalChains),
    ...chain("raw", "type filter hook prerouting priority raw; policy accept;", [
      // The loopback addresses are open to the bridges' routes (route_localnet): nothing may come in that way.
      "iifname @bridges ip daddr 127.0.0.0/8 drop",
    ]),
    ...chain("prerouting", "type nat hook prerouting priority dstnat; policy accept;", [
      ...networks.flatMap(printResolverRedirect),
      "ip daddr != 127.0.0.0/8 fib daddr type local jump publish",
      "ip6 daddr != ::1 fib daddr type local jump publish",
    ]),
    ...chain("output", "type nat hook output priority -100; policy accept;", [
      "fib daddr type local jump publish",
    ]),
    ...chain("loopback6", "type filter hook output priority filter; policy accept;", [
      "ip6 saddr ::1 ct status dnat meta l4proto tcp reject with tcp reset",
      "ip6 saddr ::1 ct status dnat reject",
    ]),
    ...chain("publish", undefined, [
      "dnat ip to ip daddr . meta l4proto . th dport map @published_at",
      "dnat ip to meta l4proto . th dport map @published_any",
      "dnat ip6 to ip6 daddr . meta l4proto . th dport map @published_at6",
      "dnat ip6 to meta l4proto . th dport map @published_any6",
    ]),
    ...chain("forward", "type filter hook forward priority filter; policy accept;", [
      "iifname vmap @from_internal",
      "oifname vmap @into",
    ]),
    ...chain("input", "type filter hook input priority filter; policy accept;", ["iifname vmap @to_host"]),
    ...chain("postrouting", "type nat hook postrouting priority srcnat; policy accept;", [
      "oifname @bridges ip saddr 127.0.0.0/8 masquerade",
      ...networks.flatMap(printMasquerade),
    ]),
  ];
  return [
    `table inet ${table}`,
    `delete table inet ${table}`,
    `table inet ${table} {`,
    ...body.map((line) => `\t${line}`),
    "}",
    "",
  ].join("\n");
}

/** One transaction that takes the table away; harmless when there is none. */
export function printRemoval(table: string): string {
  return `table inet ${table}\ndelete table inet ${table}\n`;
}

/** Adds mappings to a table that stands. */
export function printPublish(table: string, ports: readonly PublishedTarget[]): string {
  return ports.map((port) => `add element inet ${table} ${printElement(port)}\n`).join("");
}

/** Takes mappings out of a table that stands. */
export function printUnpublish(table: string, ports: readonly PublishedTarget[]): string {
  return ports.map((port) => `delete element inet ${table} ${printElement(port)}\n`).join("");
}

const keyType = "inet_proto . inet_service";

/** A mapping for all addresses of this host, or for one; of IPv4, or of IPv6. */
type PublishMap = "published_any" | "published_at" | "published_any6" | "published_at6";

function mapOf({ hostIp }: PublishedTarget): PublishMap {
  if (isIPv6(hostIp)) return hostIp === "::" ? "published_any6" : "published_at6";
  return hostIp === "0.0.0.0" ? "published_any" : "published_at";
}

function elementOf(port: PublishedTarget): string {
  const at = port.hostIp === "0.0.0.0" || port.hostIp === "::" ? "" : `${port.hostIp} . `;
  return `${at}${port.protocol} . ${port.hostPort} : ${port.address} . ${port.containerPort}`;
}

function printElement(port: PublishedTarget): string {
  return `${mapOf(port)} { ${elementOf(port)} }`;
}

function jumpTo(direction: string): (network: RulesetNetwork) => string {
  return ({ bridge }) => `"${bridge}" : jump ${chainName(direction, bridge)}`;
}

/** Chain names know neither dots nor dashes at every place; bridge names do. */
function chainName(direction: string, bridge: string): string {
  return `${direction}_${bridge.replaceAll(/[^A-Za-z0-9]/g, (character) => `_${character.charCodeAt(0).toString(16)}`)}`;
}

function printSet(head: string, type: string, elements: readonly string[]): readonly string[] {
  const content = elements.length === 0 ? [] : [`\telements = { ${elements.join(", ")} }`];
  return [`${head} {`, `\ttype ${type}`, ...content, "}"];
}

function chain(name: string, hook: string | undefined, rules: readonly string[]): readonly string[] {
  return [
    `chain ${name} {`,
    ...[...(hook === undefined ? [] : [hook]), ...rules].map((rule) => `\t${rule}`),
    "}",
  ];
}

function printIntoChain({ bridge, internal, trustedLinks }: RulesetNetwork): readonly string[] {
  const published = internal
    ? []
    : [
        "ct state established,related accept",
        "ct status dnat accept",
        ...trustedLinks.map((link) => `iifname "${link}" accept`),
      ];
  return chain(chainName("into", bridge), undefined, [`iifname "${bridge}" accept`, ...published, "drop"]);
}

function printInternalChains({ bridge, gateway }: RulesetNetwork): readonly string[] {
  return [
    ...chain(chainName("from", bridge), undefined, [`oifname != "${bridge}" drop`]),
    ...chain(chainName("host", bridge), undefined, [
      "ct state established,related accept",
      `ip daddr ${gateway} meta l4proto { tcp, udp } th dport 53 accept`,
      `ip daddr ${gateway} ct status dnat meta l4proto { tcp, udp } accept`,
      // Neighbours of one IPv6 network find each other without this host, but its bridge takes part in it.
      "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept",
      "drop",
    ]),
  ];
}

function printResolverRedirect({ bridge, gateway, resolverPort }: RulesetNetwork): readonly string[] {
  if (resolverPort === 53) return [];
  return [
    `iifname "${bridge}" ip daddr ${gateway} meta l4proto { tcp, udp } th dport 53 redirect to :${resolverPort}`,
  ];
}

function printMasquerade(network: RulesetNetwork): readonly string[] {
  const { bridge, internal, masquerade, hostIpv4, hostIpv6 } = network;
  if (internal) return [];
  return network.subnets.flatMap((subnet) => {
    const ip = subnet.includes(":") ? "ip6" : "ip";
    const hostIp = ip === "ip6" ? hostIpv6 : hostIpv4;
    const hide = hostIp === undefined ? "masquerade" : `snat ${ip} to ${hostIp}`;
    return [
      `oifname "${bridge}" ${ip} saddr ${subnet} ct status dnat masquerade`,
      ...(masquerade ? [`oifname != @bridges ${ip} saddr ${subnet} ${hide}`] : []),
    ];
  });
}
