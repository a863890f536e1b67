import { EngineError } from "../error.ts";
import {
  type Address,
  contains,
  isUsable,
  overlaps,
  printAddress,
  printSubnet,
  type Subnet,
  sizeOf,
} from "./address.ts";

/** Where addresses of a network come from. */
export interface Pool {
  readonly subnet: Subnet;
  /** The part that is given away; the whole subnet when none is named. */
  readonly range: Subnet;
  readonly gateway: Address;
  /** Never given away. */
  readonly reserved: readonly Address[];
}

/**
 * The first free /24 of 172.17–172.31 and then of 10/8 that touches none of `taken` (networks of this engine and routes
 * of the host): over 69,000 networks, so nobody runs out of them. The search begins at the `start`-th and wraps around,
 * so that engines which start at the same moment do not want the same. Throws `unavailable` when all are taken.
 */
export function pickSubnet(taken: readonly Subnet[], start = 0): Subnet {
  for (let step = 0; step < defaultPoolCount; step++) {
    const candidate = defaultPool((start + step) % defaultPoolCount);
    if (!taken.some((subnet) => overlaps(subnet, candidate))) return candidate;
  }
  throw new EngineError(
    "unavailable",
    "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network",
  );
}

const upperPoolCount = 15 * 256;
const defaultPoolCount = upperPoolCount + 256 * 256;

function defaultPool(index: number): Subnet {
  const isUpper = index < upperPoolCount;
  // 172.17.0.0 and 10.0.0.0
  const base = isUpper ? 0xac_11_00_00 + index * 256 : 0x0a_00_00_00 + (index - upperPoolCount) * 256;
  return { base, prefixLength: 24 };
}

/**
 * The next free address of the pool after `last` (the one given away most recently), wrapping around: an address that
 * was just given back rests until all others had their turn. Throws `unavailable` when the pool is full.
 */
export function pickAddress(pool: Pool, used: ReadonlySet<Address>, last: Address | undefined): Address {
  const size = sizeOf(pool.range);
  const first = last !== undefined && contains(pool.range, last) ? last + 1 - pool.range.base : 0;
  for (let step = 0; step < size; step++) {
    const address = pool.range.base + ((first + step) % size);
    if (isFree(pool, used, address)) return address;
  }
  throw new EngineError("unavailable", `no available IPv4 addresses on the pool ${printSubnet(pool.range)}`);
}

/** Takes a wanted address. Throws `invalid-argument` outside of the subnet, `conflict` when it is taken. */
export function claimAddress(pool: Pool, used: ReadonlySet<Address>, wanted: Address): Address {
  if (!isUsable(pool.subnet, wanted)) {
    throw new EngineError(
      "invalid-argument",
      `no configured subnet or ip-range contain the IP address ${printAddress(wanted)} (the network has ${printSubnet(pool.subnet)})`,
    );
  }
  if (!isFree(pool, used, wanted)) {
    throw new EngineError("conflict", `Address already in use: ${printAddress(wanted)}`);
  }
  return wanted;
}

function isFree(pool: Pool, used: ReadonlySet<Address>, address: Address): boolean {
  return (
    isUsable(pool.subnet, address) &&
    address !== pool.gateway &&
    !pool.reserved.includes(address) &&
    !used.has(address)
  );
}
