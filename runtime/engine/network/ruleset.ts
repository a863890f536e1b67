import type { PublishedPort } from "./port-mapping.ts";

/** Everything the firewall of one engine holds, as data. */
export interface Ruleset {
  readonly table: string;
  readonly networks: readonly RulesetNetwork[];
  readonly published: readonly PublishedTarget[];
}

export interface RulesetNetwork {
  readonly bridge: string;
  /** CIDR. */
  readonly subnet: string;
  readonly gateway: string;
  readonly internal: boolean;
  readonly masquerade: boolean;
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
 * - `forward` lets into a network its own packets, answers, and what was published; nothing else, so neither another network
 *   nor a neighbour with a route reaches a container's unpublished ports. Internal networks have no traffic with the outside
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
  const any = ruleset.published.filter((port) => port.hostIp === "0.0.0.0");
  const at = ruleset.published.filter((port) => port.hostIp !== "0.0.0.0");
  const body = [
    ...printSet("set bridges", "ifname", quoted),
    ...printSet("map published_any", `${anyKeyType} : ${targetType}`, any.map(anyElement)),
    ...printSet("map published_at", `${atKeyType} : ${targetType}`, at.map(atElement)),
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
    ]),
    ...chain("output", "type nat hook output priority -100; policy accept;", [
      "meta nfproto ipv4 fib daddr type local jump publish",
    ]),
    ...chain("publish", undefined, [
      "dnat ip to ip daddr . meta l4proto . th dport map @published_at",
      "dnat ip to meta l4proto . th dport map @published_any",
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
  return ports.map((port) => `add element inet ${table} ${mapOf(port)}\n`).join("");
}

/** Takes mappings out of a table that stands. */
export function printUnpublish(table: string, ports: readonly PublishedTarget[]): string {
  return ports.map((port) => `delete element inet ${table} ${mapOf(port)}\n`).join("");
}

const anyKeyType = "inet_proto . inet_service";
const atKeyType = "ipv4_addr . inet_proto . inet_service";
const targetType = "ipv4_addr . inet_service";

function mapOf(port: PublishedTarget): string {
  return port.hostIp === "0.0.0.0"
    ? `published_any { ${anyElement(port)} }`
    : `published_at { ${atElement(port)} }`;
}

function anyElement(port: PublishedTarget): string {
  return `${port.protocol} . ${port.hostPort} : ${port.address} . ${port.containerPort}`;
}

function atElement(port: PublishedTarget): string {
  return `${port.hostIp} . ${anyElement(port)}`;
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

function printIntoChain({ bridge, internal }: RulesetNetwork): readonly string[] {
  const published = internal ? [] : ["ct state established,related accept", "ct status dnat accept"];
  return chain(chainName("into", bridge), undefined, [`iifname "${bridge}" accept`, ...published, "drop"]);
}

function printInternalChains({ bridge, gateway }: RulesetNetwork): readonly string[] {
  return [
    ...chain(chainName("from", bridge), undefined, [`oifname != "${bridge}" drop`]),
    ...chain(chainName("host", bridge), undefined, [
      "ct state established,related accept",
      `ip daddr ${gateway} meta l4proto { tcp, udp } th dport 53 accept`,
      `ip daddr ${gateway} ct status dnat meta l4proto { tcp, udp } accept`,
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

function printMasquerade({ bridge, subnet, internal, masquerade }: RulesetNetwork): readonly string[] {
  if (internal) return [];
  return [
    `oifname "${bridge}" ip saddr ${subnet} ct status dnat masquerade`,
    ...(masquerade ? [`oifname != @bridges ip saddr ${subnet} masquerade`] : []),
  ];
}
