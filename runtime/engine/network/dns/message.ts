import { parseAddress, printAddress } from "../address.ts";

/** Record types that are answered here. Source: RFC 1035, 3.2.2, and RFC 3596. */
export const recordType = { a: 1, ptr: 12, aaaa: 28, any: 255 } as const;
/** Response codes. Source: RFC 1035, 4.1.1. */
export const responseCode = {
  ok: 0,
  formatError: 1,
  serverFailure: 2,
  noSuchName: 3,
  notImplemented: 4,
  refused: 5,
} as const;

/** A query with its one question. */
export interface Query {
  readonly id: number;
  readonly opcode: number;
  readonly recursionDesired: boolean;
  /** Lower case, without the last dot; "" for the root. */
  readonly name: string;
  readonly type: number;
  readonly class: number;
  /** The question as it was sent: an answer repeats it, letter case and all. */
  readonly question: Buffer;
}

export type DnsRecord =
  | { readonly type: "A" | "AAAA"; readonly address: string; readonly ttlSeconds: number }
  | { readonly type: "PTR"; readonly name: string; readonly ttlSeconds: number };

export interface Answer {
  readonly code: number;
  readonly records: readonly DnsRecord[];
  readonly authoritative: boolean;
}

const headerLength = 12;
const maxNameLength = 255;

/** Reads a query; undefined for what is none (too short, a response, not exactly one question, a malformed name). */
export function parseQuery(message: Buffer): Query | undefined {
  if (message.length < headerLength) return undefined;
  const flags = message.readUInt16BE(2);
  const isResponse = (flags & 0x8000) !== 0;
  if (isResponse || message.readUInt16BE(4) !== 1) return undefined;
  const name = readName(message, headerLength);
  if (name === undefined || name.end + 4 > message.length) return undefined;
  return {
    id: message.readUInt16BE(0),
    opcode: (flags >> 11) & 15,
    recursionDesired: (flags & 0x0100) !== 0,
    name: name.text,
    type: message.readUInt16BE(name.end),
    class: message.readUInt16BE(name.end + 2),
    question: message.subarray(headerLength, name.end + 4),
  };
}

/** A question's name: labels of up to 63 bytes; compression has no place there. */
function readName(message: Buffer, start: number): { text: string; end: number } | undefined {
  const labels: string[] = [];
  let position = start;
  while (true) {
    const length = message[position];
    if (length === undefined || length > 63 || position - start > maxNameLength) return undefined;
    position++;
    if (length === 0) return { text: labels.join(".").toLowerCase(), end: position };
    if (position + length > message.length) return undefined;
    // A dot inside a label is not the dot between labels: it must not look like one.
    labels.push(message.toString("latin1", position, position + length).replaceAll(".", "\\."));
    position += length;
  }
}

/** The response to a query. */
export function printAnswer(query: Query, answer: Answer): Buffer {
  const header = Buffer.alloc(headerLength);
  header.writeUInt16BE(query.id, 0);
  const recursion = query.recursionDesired ? 0x0100 : 0;
  const authority = answer.authoritative ? 0x0400 : 0;
  // Response, recursion available.
  header.writeUInt16BE(0x8080 | (query.opcode << 11) | authority | recursion | answer.code, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(answer.records.length, 6);
  return Buffer.concat([header, query.question, ...answer.records.map(printRecord)]);
}

function printRecord(record: DnsRecord): Buffer {
  const data = record.type === "PTR" ? printName(record.name) : printIp(record.type, record.address);
  const head = Buffer.alloc(12);
  // The name is the question's: a pointer to it.
  head.writeUInt16BE(0xc000 | headerLength, 0);
  head.writeUInt16BE(recordTypeOf(record.type), 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(record.ttlSeconds, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

export function recordTypeOf(type: DnsRecord["type"]): number {
  return { A: recordType.a, AAAA: recordType.aaaa, PTR: recordType.ptr }[type];
}

function printIp(type: "A" | "AAAA", address: string): Buffer {
  const bytes = Buffer.from((parseAddress(address) ?? 0n).toString(16).padStart(32, "0"), "hex");
  return type === "A" ? bytes.subarray(12) : bytes;
}

/** A name in wire form; labels longer than 63 bytes are cut. */
export function printName(name: string): Buffer {
  const labels = name.split(".").filter((label) => label !== "");
  const parts = labels.map((label) => {
    const bytes = Buffer.from(label, "latin1").subarray(0, 63);
    return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  });
  return Buffer.concat([...parts, Buffer.from([0])]);
}

/** A query in wire form, as a client sends it. */
export function printQuery(id: number, name: string, type: number): Buffer {
  const header = Buffer.alloc(headerLength);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(0x0100, 2);
  header.writeUInt16BE(1, 4);
  return Buffer.concat([header, printName(name), Buffer.from([0, type, 0, 1])]);
}

/**
 * The address a reverse name (`2.0.17.172.in-addr.arpa`, 32 nibbles and `ip6.arpa`) asks for; undefined for other names.
 * Source: RFC 1035, 3.5, and RFC 3596, 2.5.
 */
export function reverseAddress(name: string): string | undefined {
  const match = /^(?:(.+)\.in-addr|((?:[0-9a-f]\.){31}[0-9a-f])\.ip6)\.arpa$/.exec(name);
  if (match === null) return undefined;
  const [, dotted = "", nibbles] = match;
  const backwards = (text: string) => text.split(".").reverse();
  if (nibbles !== undefined) return printAddress(BigInt(`0x${backwards(nibbles).join("")}`));
  const address = parseAddress(backwards(dotted).join("."));
  return address === undefined ? undefined : printAddress(address);
}

/** The response code of a response; undefined when `message` does not answer `query`. */
export function responseCodeOf(message: Buffer, query: Pick<Query, "id" | "question">): number | undefined {
  if (message.length < headerLength || message.readUInt16BE(0) !== query.id) return undefined;
  const flags = message.readUInt16BE(2);
  if ((flags & 0x8000) === 0) return undefined;
  const code = flags & 15;
  const question = message.subarray(headerLength, headerLength + query.question.length);
  // Servers may leave the question out of an error.
  const repeatsQuestion =
    question.toString("latin1").toLowerCase() === query.question.toString("latin1").toLowerCase();
  return repeatsQuestion || (code !== responseCode.ok && message.readUInt16BE(4) === 0) ? code : undefined;
}

/** The same message under another id. */
export function withId(message: Buffer, id: number): Buffer {
  const copy = Buffer.from(message);
  copy.writeUInt16BE(id, 0);
  return copy;
}
