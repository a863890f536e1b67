import { isIPv6 } from "node:net";

/** An IP address as its 128 bits. IPv4 is `::ffff:a.b.c.d`, so one arithmetic serves both families. */
export type Address = bigint;

export type Family = 4 | 6;

/** An IP network: the last `hostBits` bits of `base` are clear. */
export interface Subnet {
  readonly base: Address;
  readonly hostBits: number;
}

const mappedPrefix = 0xffffn << 32n;

/** `10.0.0.1`, `fd00::1`; undefined for anything else (leading zeros in IPv4 too, which some read as octal; zones). */
export function parseAddress(text: string): Address | undefined {
  if (text.includes(":")) return parseIpv6(text);
  const address = parseIpv4(text);
  return address === undefined ? undefined : mappedPrefix | address;
}

function parseIpv4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let address = 0n;
  for (const part of parts) {
    if (!/^(0|[1-9][0-9]{0,2})$/.test(part) || Number(part) > 255) return undefined;
    address = (address << 8n) | BigInt(part);
  }
  return address;
}

function parseIpv6(text: string): Address | undefined {
  if (!isIPv6(text) || text.includes("%")) return undefined;
  // The last 32 bits may be written as IPv4.
  const tail = /[0-9.]+$/.exec(text)?.[0] ?? "";
  const embedded = tail.includes(".") ? parseIpv4(tail) : undefined;
  if (tail.includes(".") && embedded === undefined) return undefined;
  const hex =
    embedded === undefined
      ? text
      : `${text.slice(0, -tail.length)}${(embedded >> 16n).toString(16)}:${(embedded & 0xffffn).toString(16)}`;
  const [head = [], rest = []] = hex
    .split("::")
    .map((half) => half.split(":").filter((group) => group !== ""));
  const zeros = Array.from({ length: 8 - head.length - rest.length }, () => "0");
  return [...head, ...zeros, ...rest].reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
}

export function familyOf(address: Address): Family {
  return address >> 32n === 0xffffn ? 4 : 6;
}

/** IPv6 in the form of RFC 5952. */
export function printAddress(address: Address): string {
  if (familyOf(address) === 4) return bitsOf(address, [24, 16, 8, 0], 255n).join(".");
  const groups = bitsOf(address, [112, 96, 80, 64, 48, 32, 16, 0], 0xffffn).map((group) =>
    group.toString(16),
  );
  const runs = [...groups.join(":").matchAll(/\b0(:0)+\b/g)].map(([run]) => run);
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), "");
  if (longest === "") return groups.join(":");
  const [before = "", after = ""] = splitOnce(groups.join(":"), new RegExp(`\\b${longest}\\b`));
  return `${before.replace(/:$/, "")}::${after.replace(/^:/, "")}`;
}

function splitOnce(text: string, separator: RegExp): readonly [string, string] {
  const match = separator.exec(text);
  if (match === null) return [text, ""];
  return [text.slice(0, match.index), text.slice(match.index + match[0].length)];
}

function bitsOf(address: Address, shifts: readonly number[], mask: bigint): readonly number[] {
  return shifts.map((shift) => Number((address >> BigInt(shift)) & mask));
}

/** `10.1.2.0/24`, `fd00:1::/64`; host bits are cleared. Undefined when it is no CIDR. */
export function parseSubnet(text: string): Subnet | undefined {
  const [addressText = "", lengthText = "", ...rest] = text.split("/");
  const address = parseAddress(addressText);
  if (address === undefined || rest.length > 0 || !/^(0|[1-9][0-9]{0,2})$/.test(lengthText)) return undefined;
  const hostBits = widthOf(familyOf(address)) - Number(lengthText);
  if (hostBits < 0) return undefined;
  return { base: (address >> BigInt(hostBits)) << BigInt(hostBits), hostBits };
}

export function printSubnet(subnet: Subnet): string {
  return `${printAddress(subnet.base)}/${prefixLengthOf(subnet)}`;
}

/** As people write it: of 32 bits for IPv4, of 128 for IPv6. */
export function prefixLengthOf(subnet: Subnet): number {
  return widthOf(familyOf(subnet.base)) - subnet.hostBits;
}

function widthOf(family: Family): number {
  return family === 4 ? 32 : 128;
}

/** Number of addresses, network and broadcast among them. */
export function sizeOf(subnet: Subnet): bigint {
  return 1n << BigInt(subnet.hostBits);
}

export function contains(subnet: Subnet, address: Address): boolean {
  return address >> BigInt(subnet.hostBits) === subnet.base >> BigInt(subnet.hostBits);
}

export function overlaps(a: Subnet, b: Subnet): boolean {
  return contains(a, b.base) || contains(b, a.base);
}

/**
 * The first address of a network cannot be given away (in IPv6 it means any router), nor IPv4's last, the broadcast; networks
 * of one or two addresses have neither.
 */
export function isUsable(subnet: Subnet, address: Address): boolean {
  if (!contains(subnet, address)) return false;
  if (subnet.hostBits <= 1) return true;
  const isBroadcast = familyOf(address) === 4 && address === subnet.base + sizeOf(subnet) - 1n;
  return address !== subnet.base && !isBroadcast;
}

/**
 * A hardware address made of the last 32 bits of the address, locally administered: so a given address always has the same
 * neighbour and no cache has to be told when a container takes over another's address.
 */
export function macOf(address: Address): string {
  const bytes = bitsOf(address, [24, 16, 8, 0], 255n).map((byte) => byte.toString(16).padStart(2, "0"));
  return `02:42:${bytes.join(":")}`;
}
