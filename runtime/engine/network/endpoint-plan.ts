import { randomBytes } from "node:crypto";
import type { EndpointSettings } from "../../api/types/network.ts";
import { EngineError } from "../error.ts";
import { macOf, prefixLengthOf, printAddress } from "./address.ts";
import { parseBridgeOptions, parseMacvlanOptions } from "./driver-options.ts";
import { parseEndpointWishes } from "./endpoint-wishes.ts";
import { type KernelNames, vethName } from "./names.ts";
import { bridgeGateway, hasIpv6, type NetworkDocument } from "./network-document.ts";
import type { NetworkTable } from "./network-table.ts";
import { type EndpointDocument, type EndpointLink, hasLink, type LinkDevice } from "./sandbox-document.ts";

/** A network and how the container wants to be in it. */
export interface WantedEndpoint {
  readonly network: NetworkDocument;
  readonly wanted: EndpointSettings;
}

/**
 * The endpoint's document with its addresses chosen; to be reserved in the same turn of the event loop. `others` are those
 * the container has already. Throws like `parseEndpointWishes` and `NetworkTable.chooseAddress`.
 */
export function planEndpoint(
  { network, wanted }: WantedEndpoint,
  others: readonly EndpointDocument[],
  table: NetworkTable,
  names: KernelNames,
): EndpointDocument {
  const endpointId = randomBytes(32).toString("hex");
  const wishes = parseEndpointWishes(network, wanted);
  const base = {
    endpointId,
    networkId: network.id,
    networkName: network.name,
    wanted,
    aliases: wanted.Aliases ?? [],
  };
  if (network.pools.length === 0) return base;
  const taken = others.filter(hasLink).map(({ link }) => link.name);
  if (wishes.linkName !== undefined && taken.includes(wishes.linkName)) {
    throw new EngineError("conflict", `the container has an interface ${wishes.linkName} already`);
  }
  const { address, pool } = table.chooseAddress(network, 4, wishes.ipv4);
  const { device, prefix, mtu } = planDevice(network, endpointId, names);
  const name = wishes.linkName ?? freeLinkName(prefix, taken);
  const resolver = network.predefined ? undefined : bridgeGateway(network);
  const link: EndpointLink = {
    device,
    name,
    mac: wanted.MacAddress ? wanted.MacAddress.toLowerCase() : macOf(address),
    address: printAddress(address),
    prefixLength: prefixLengthOf(pool.subnet),
    ...(network.internal ? {} : { gateway: printAddress(pool.gateway) }),
    ...(hasIpv6(network) || wishes.ipv6 !== undefined ? { ipv6: planIpv6(network, wishes.ipv6, table) } : {}),
    linkLocal: wishes.linkLocal,
    sysctls: Object.fromEntries(
      Object.entries(wishes.sysctls).map(([path, value]) => [path.replace("IFNAME", name), value]),
    ),
    ...(resolver === undefined ? {} : { resolver }),
    ...(mtu === undefined ? {} : { mtu }),
    priority: wanted.GwPriority ?? 0,
  };
  return { ...base, link };
}

function planIpv6(network: NetworkDocument, wanted: bigint | undefined, table: NetworkTable) {
  const { address, pool } = table.chooseAddress(network, 6, wanted);
  return {
    address: printAddress(address),
    prefixLength: prefixLengthOf(pool.subnet),
    ...(network.internal ? {} : { gateway: printAddress(pool.gateway) }),
  };
}

function planDevice(
  network: NetworkDocument,
  endpointId: string,
  names: KernelNames,
): { readonly device: LinkDevice; readonly prefix: string; readonly mtu: number | undefined } {
  if (network.bridge !== undefined) {
    const { linkPrefix, mtu, containersTalk } = parseBridgeOptions(network.options);
    const veth = vethName(names, endpointId);
    const device: LinkDevice = { kind: "veth", bridge: network.bridge, veth, isolated: !containersTalk };
    return { device, prefix: linkPrefix, mtu };
  }
  const { parent = "", mode, mtu } = parseMacvlanOptions(network.options);
  return { device: { kind: "macvlan", parent, mode }, prefix: "eth", mtu };
}

function freeLinkName(prefix: string, taken: readonly string[]): string {
  for (let number = 0; ; number++) if (!taken.includes(`${prefix}${number}`)) return `${prefix}${number}`;
}
