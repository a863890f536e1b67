/** An IPv4 address as an unsigned 32-bit number. */
export type Address = number;

/** An IPv4 network: `base` has no host bits set. */
export interface Subnet {
  readonly base: Address;
  readonly prefixLength: number;
}

/** `10.0.0.1`; undefined for anything else (leading zeros too, which some read as octal). */
export function parseAddress(text: string): Address | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let address = 0;
  for (const part of parts) {
    if (!/^(0|[1-9][0-9]{0,2})$/.test(part) || Number(part) > 255) return undefined;
    address = address * 256 + Number(part);
  }
  return address;
}

export function printAddress(address: Address): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");
}

/** `10.1.2.0/24`; host bits are cleared. Undefined when it is no IPv4 CIDR. */
export function parseSubnet(text: string): Subnet | undefined {
  const [addressText = "", lengthText = "", ...rest] = text.split("/");
  const address = parseAddress(addressText);
  if (address === undefined || rest.length > 0 || !/^[0-9]{1,2}$/.test(lengthText)) return undefined;
  const prefixLength = Number(lengthText);
  if (prefixLength > 32) return undefined;
  return { base: address - (address % 2 ** (32 - prefixLength)), prefixLength };
}

export function printSubnet(subnet: Subnet): string {
  return `${printAddress(subnet.base)}/${subnet.prefixLength}`;
}

/** Number of addresses, network and broadcast among them. */
export function sizeOf(subnet: Subnet): number {
  return 2 ** (32 - subnet.prefixLength);
}

export function contains(subnet: Subnet, address: Address): boolean {
  return address >= subnet.base && address < subnet.base + sizeOf(subnet);
}

export function overlaps(a: Subnet, b: Subnet): boolean {
  return contains(a, b.base) || contains(b, a.base);
}

/** Network and broadcast addresses cannot be given away (a /31 or /32 has neither). */
export function isUsable(subnet: Subnet, address: Address): boolean {
  if (!contains(subnet, address)) return false;
  if (subnet.prefixLength >= 31) return true;
  return address !== subnet.base && address !== subnet.base + sizeOf(subnet) - 1;
}

/**
 * A hardware address made of the IPv4 address, locally administered: so a given address always has the same neighbour
 * and no cache has to be told when a container takes over another's address.
 */
export function macOf(address: Address): string {
  const bytes = [24, 16, 8, 0].map((shift) => ((address >>> shift) & 255).toString(16).padStart(2, "0"));
  return `02:42:${bytes.join(":")}`;
}
