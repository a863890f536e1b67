import { EngineError } from "../error.ts";
import {
  type Address,
  contains,
  type Family,
  isUsable,
  overlaps,
  printAddress,
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
  const near = taken.filter((subnet) => defaultRanges.some((range) => overlaps(range, subnet)));
  for (let step = 0; step < defaultPoolCount; step++) {
    const candidate = defaultPool((start + step) % defaultPoolCount);
    if (!near.some((subnet) => overlaps(subnet, candidate))) return candidate;
  }
  throw noPool(4);
}

const upperPoolCount = 15 * 256;
const defaultPoolCount = upperPoolCount + 256 * 256;
const upperRange: Subnet = { base: 0xffff_ac10_0000n, hostBits: 20 };
const tenRange: Subnet = { base: 0xffff_0a00_0000n, hostBits: 24 };
const defaultRanges: readonly Subnet[] = [upperRange, tenRange];

function defaultPool(index: number): Subnet {
  const isUpper = index < upperPoolCount;
  // The first /16 of 172.16/12 is left to clouds, which like it.
  const base = isUpper
    ? upperRange.base + BigInt(index + 256) * 256n
    : tenRange.base + BigInt(index - upperPoolCount) * 256n;
  return { base, hostBits: 8 };
}

/**
 * The first free /64 of the engine's own unique local /48 that touches none of `taken`. `globalId` has 40 random bits, the
 * same for the life of the engine. Throws `unavailable` when all are taken. Source: RFC 4193.
 */
export function pickUniqueLocalSubnet(taken: readonly Subnet[], globalId: bigint): Subnet {
  const site = (0xfdn << 120n) | ((globalId & 0xff_ffff_ffffn) << 80n);
  for (let index = 0n; index < 0x1_0000n; index++) {
    const candidate: Subnet = { base: site | (index << 64n), hostBits: 64 };
    if (!taken.some((subnet) => overlaps(subnet, candidate))) return candidate;
  }
  throw noPool(6);
}

function noPool(family: Family): EngineError {
  return new EngineError(
    "unavailable",
    `could not find an available, non-overlapping IPv${family} address pool among the defaults to assign to the network`,
  );
}

/**
 * The next free address of the pool after `last` (the one given away most recently), wrapping around: an address that
 * was just given back rests until all others had their turn. Undefined when the pool is full.
 */
export function pickAddress(
  pool: Pool,
  used: ReadonlySet<Address>,
  last: Address | undefined,
): Address | undefined {
  const size = sizeOf(pool.range);
  const first = last !== undefined && contains(pool.range, last) ? last + 1n - pool.range.base : 0n;
  for (let step = 0n; step < size; step++) {
    const address = pool.range.base + ((first + step) % size);
    if (isFree(pool, used, address)) return address;
  }
  return undefined;
}

/** Takes a wanted address of the pool's subnet. Throws `conflict` when it is taken or cannot be given away. */
export function claimAddress(pool: Pool, used: ReadonlySet<Address>, wanted: Address): Address {
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
