/** A flow the kernel tracks, as its first packet had it. */
export interface Flow {
  /** Source: protocols(5); 17 is UDP. */
  readonly protocol: number;
  /** Dotted, or IPv6 in full groups without zeros left out. */
  readonly destination: string;
  readonly destinationPort: number;
  /** What the kernel needs to find it again: family, tuple, id and zone as it sent them. */
  readonly family: number;
  readonly identity: Buffer;
}

/** Netlink messages as far as they are whole. */
export interface FlowList {
  readonly flows: readonly Flow[];
  /** The end of `bytes` that is not a whole message yet. */
  readonly rest: Buffer;
  /** Whether the kernel has told everything or refused (`error` is then an errno). */
  readonly isComplete: boolean;
  readonly error: number;
}

const headerLength = 16;
const familyHeaderLength = 4;
const netlink = { error: 2, done: 3 } as const;
// Subsystem 1 in the upper byte. Source: linux/netfilter/nfnetlink.h and nfnetlink_conntrack.h.
const message = { getFlows: 0x0101, deleteFlow: 0x0102 } as const;
const flag = { request: 1, acknowledge: 4, dump: 0x300 } as const;
const attribute = { original: 1, address: 1, ports: 2, id: 12, zone: 18 } as const;
const addressAttribute = { destination4: 2, destination6: 4 } as const;
const portAttribute = { protocol: 1, destination: 3 } as const;

/** Asks for all flows of IPv4 and IPv6. */
export function printFlowRequest(): Buffer {
  return printMessage(message.getFlows, flag.request | flag.dump, 0, Buffer.alloc(0));
}

/** Takes one flow out of the table; the kernel acknowledges. */
export function printFlowRemoval(flow: Flow): Buffer {
  return printMessage(message.deleteFlow, flag.request | flag.acknowledge, flow.family, flow.identity);
}

function printMessage(type: number, flags: number, family: number, attributes: Buffer): Buffer {
  const head = Buffer.alloc(headerLength + familyHeaderLength);
  head.writeUInt32LE(head.length + attributes.length, 0);
  head.writeUInt16LE(type, 4);
  head.writeUInt16LE(flags, 6);
  head.writeUInt32LE(1, 8);
  head.writeUInt8(family, headerLength);
  return Buffer.concat([head, attributes]);
}

/** Reads the kernel's answer; call it again with `rest` and what came since. Source: netlink(7). */
export function parseFlows(bytes: Buffer): FlowList {
  const flows: Flow[] = [];
  let position = 0;
  while (position + headerLength <= bytes.length) {
    const length = bytes.readUInt32LE(position);
    if (length < headerLength) return { flows, rest: Buffer.alloc(0), isComplete: true, error: 0 };
    if (position + length > bytes.length) break;
    const type = bytes.readUInt16LE(position + 4);
    const body = bytes.subarray(position + headerLength, position + length);
    const rest = bytes.subarray(position + length);
    if (type === netlink.done) return { flows, rest, isComplete: true, error: 0 };
    if (type === netlink.error) return { flows, rest, isComplete: true, error: -body.readInt32LE(0) };
    const flow = parseFlow(body);
    if (flow !== undefined) flows.push(flow);
    position += align(length);
  }
  return { flows, rest: bytes.subarray(position), isComplete: false, error: 0 };
}

function parseFlow(body: Buffer): Flow | undefined {
  const attributes = parseAttributes(body.subarray(familyHeaderLength));
  const original = attributes.get(attribute.original);
  if (original === undefined) return undefined;
  const tuple = parseAttributes(original.value);
  const addresses = parseAttributes(tuple.get(attribute.address)?.value ?? Buffer.alloc(0));
  const ports = parseAttributes(tuple.get(attribute.ports)?.value ?? Buffer.alloc(0));
  const port = ports.get(portAttribute.destination)?.value;
  const protocol = ports.get(portAttribute.protocol)?.value;
  const address4 = addresses.get(addressAttribute.destination4)?.value;
  const address6 = addresses.get(addressAttribute.destination6)?.value;
  if (port?.length !== 2 || protocol?.length !== 1) return undefined;
  const destination = address4?.length === 4 ? [...address4].join(".") : address6 && printGroups(address6);
  if (destination === undefined) return undefined;
  const identity = [attribute.original, attribute.id, attribute.zone].flatMap(
    (type) => attributes.get(type)?.whole ?? [],
  );
  return {
    protocol: protocol.readUInt8(0),
    destination,
    destinationPort: port.readUInt16BE(0),
    family: body.readUInt8(0),
    identity: Buffer.concat(identity),
  };
}

function printGroups(address: Buffer): string {
  const groups = Array.from({ length: address.length / 2 }, (_, index) => address.readUInt16BE(index * 2));
  return groups.map((group) => group.toString(16)).join(":");
}

interface Attribute {
  readonly value: Buffer;
  /** With its head and padding. */
  readonly whole: Buffer;
}

function parseAttributes(bytes: Buffer): ReadonlyMap<number, Attribute> {
  const attributes = new Map<number, Attribute>();
  for (let position = 0; position + 4 <= bytes.length; ) {
    const length = bytes.readUInt16LE(position);
    if (length < 4 || position + length > bytes.length) break;
    // The upper bits tell of nesting and byte order.
    const type = bytes.readUInt16LE(position + 2) & 0x3fff;
    const end = position + align(length);
    attributes.set(type, {
      value: bytes.subarray(position + 4, position + length),
      whole: bytes.subarray(position, end),
    });
    position = end;
  }
  return attributes;
}

function align(length: number): number {
  return (length + 3) & ~3;
}
