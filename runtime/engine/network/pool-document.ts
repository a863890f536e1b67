import type { IpamPool } from "../../api/types/network.ts";
import { EngineError } from "../error.ts";
import {
  type Address,
  contains,
  type Family,
  familyOf,
  isUsable,
  overlaps,
  parseAddress,
  parseSubnet,
  prefixLengthOf,
  printAddress,
  printSubnet,
  type Subnet,
} from "./address.ts";
import type { Pool } from "./ipam.ts";

/** Addresses as text, the way `inspect` shows them. */
export interface PoolDocument {
  readonly subnet: string;
  readonly gateway: string;
  readonly range?: string;
  readonly reserved?: Readonly<Record<string, string>>;
}

/** Shortest and longest prefix a network may have: enough for a gateway and a container, and not half of the world. */
const prefixBounds: Readonly<Record<Family, readonly [shortest: number, longest: number]>> = {
  4: [8, 30],
  6: [16, 126],
};

/**
 * The pools asked for, in their order; empty when the engine may choose all. Throws `invalid-argument` for what cannot be,
 * such as pools of one request that overlap.
 */
export function parsePoolRequests(configs: readonly IpamPool[] | null | undefined): readonly PoolDocument[] {
  const wanted = (configs ?? []).filter((config) =>
    Object.values(config).some((value) => value !== "" && value !== undefined),
  );
  const pools = wanted.map(parsePoolRequest);
  pools.forEach((pool, index) => {
    const other = pools.slice(0, index).find((before) => overlaps(subnetOf(before), subnetOf(pool)));
    if (other === undefined) return;
    throw invalid(`subnets ${other.subnet} and ${pool.subnet} of one network overlap`);
  });
  return pools;
}

function parsePoolRequest(config: IpamPool): PoolDocument {
  if (config.Subnet === undefined || config.Subnet === "") throw invalid("an IPAM pool needs a subnet");
  const subnet = parseSubnet(config.Subnet);
  if (subnet === undefined) throw invalid(`invalid subnet ${JSON.stringify(config.Subnet)}: want a CIDR`);
  const family = familyOf(subnet.base);
  const [shortest, longest] = prefixBounds[family];
  const length = prefixLengthOf(subnet);
  if (length < shortest || length > longest) {
    throw invalid(
      `invalid subnet ${config.Subnet}: want an IPv${family} network from /${shortest} to /${longest}`,
    );
  }
  const range = config.IPRange ? innerSubnet(subnet, config.IPRange) : undefined;
  const gateway = config.Gateway
    ? innerAddress(subnet, config.Gateway, "gateway")
    : firstUsable(range ?? subnet, subnet);
  const reserved = Object.fromEntries(
    Object.entries(config.AuxiliaryAddresses ?? {}).map(([name, address]) => [
      name,
      printAddress(innerAddress(subnet, address, "auxiliary address")),
    ]),
  );
  return {
    subnet: printSubnet(subnet),
    gateway: printAddress(gateway),
    ...(range === undefined ? {} : { range: printSubnet(range) }),
    ...(Object.keys(reserved).length === 0 ? {} : { reserved }),
  };
}

/** The document of a subnet the engine chose: its first address is the gateway. */
export function poolOf(subnet: Subnet): PoolDocument {
  return { subnet: printSubnet(subnet), gateway: printAddress(firstUsable(subnet, subnet)) };
}

/** The subnet of a document that was checked when it was made. */
export function subnetOf(pool: PoolDocument): Subnet {
  const subnet = parseSubnet(pool.subnet);
  if (subnet === undefined) throw new Error(`unreadable subnet on disk: ${pool.subnet}`);
  return subnet;
}

export function poolFamily(pool: PoolDocument): Family {
  return familyOf(subnetOf(pool).base);
}

/** The pool in numbers. */
export function readPool(pool: PoolDocument): Pool {
  const subnet = subnetOf(pool);
  const gateway = parseAddress(pool.gateway);
  if (gateway === undefined) throw new Error(`unreadable gateway on disk: ${pool.gateway}`);
  const reserved = Object.values(pool.reserved ?? {}).flatMap((text) => parseAddress(text) ?? []);
  return { subnet, gateway, reserved, range: parseSubnet(pool.range ?? "") ?? subnet };
}

/** As a network's `IPAM.Config` shows it. */
export function printPool(pool: PoolDocument): IpamPool {
  return {
    Subnet: pool.subnet,
    ...(pool.range === undefined ? {} : { IPRange: pool.range }),
    Gateway: pool.gateway,
    ...(pool.reserved === undefined ? {} : { AuxiliaryAddresses: pool.reserved }),
  };
}

function invalid(message: string): EngineError {
  return new EngineError("invalid-argument", `invalid network config: ${message}`);
}

function firstUsable(range: Subnet, subnet: Subnet): Address {
  return isUsable(subnet, range.base) ? range.base : range.base + 1n;
}

function innerSubnet(subnet: Subnet, text: string): Subnet {
  const range = parseSubnet(text);
  if (range === undefined || range.hostBits > subnet.hostBits || !contains(subnet, range.base)) {
    throw invalid(`invalid ip-range ${text}: it must lie in ${printSubnet(subnet)}`);
  }
  return range;
}

function innerAddress(subnet: Subnet, text: string, what: string): Address {
  const address = parseAddress(text);
  if (address === undefined || !isUsable(subnet, address)) {
    throw invalid(`invalid ${what} ${text}: it must lie in ${printSubnet(subnet)}`);
  }
  return address;
}
