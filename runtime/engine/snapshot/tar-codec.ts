import { EngineError } from "../error.ts";

/**
 * Tar streams, byte-exact. All text is latin1, one character a byte, so that names and extended attributes of any
 * encoding survive (tar-stream reads PAX values as UTF-8, which destroys file capabilities).
 * Source: POSIX.1-2017 pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format".
 */
export interface TarHeader {
  /** As in the archive; may start with `./`, end with `/`. */
  readonly name: string;
  readonly type: TarType;
  /** Permission bits with setuid, setgid and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  /** Unix seconds. */
  readonly mtime: number;
  /** Target of links, else empty. */
  readonly linkname: string;
  readonly devMajor: number;
  readonly devMinor: number;
  /** PAX records other than those above. */
  readonly pax: ReadonlyMap<string, string>;
}

export type TarType =
  | "file"
  | "hardlink"
  | "symlink"
  | "character-device"
  | "block-device"
  | "directory"
  | "fifo";

/** An entry while it is read; its body must be read before the next entry is asked for, or is skipped. */
export interface TarEntry {
  readonly header: TarHeader;
  readonly body: AsyncIterable<Buffer>;
}

const typeFlags: Readonly<Record<string, TarType>> = {
  "0": "file",
  "\0": "file",
  "7": "file",
  "1": "hardlink",
  "2": "symlink",
  "3": "character-device",
  "4": "block-device",
  "5": "directory",
  "6": "fifo",
};

const flagOf: Readonly<Record<TarType, string>> = {
  file: "0",
  hardlink: "1",
  symlink: "2",
  "character-device": "3",
  "block-device": "4",
  directory: "5",
  fifo: "6",
};

/** PAX records that say what a header field says; folded into the header when read, made anew when written. */
const foldedRecords = new Set([
  "path",
  "linkpath",
  "size",
  "uid",
  "gid",
  "mtime",
  "atime",
  "ctime",
  "uname",
  "gname",
]);

/** One 512-byte header as it stands, before long names and PAX records are applied. Undefined for a block of zeros. */
export interface RawHeader extends Omit<TarHeader, "type" | "pax"> {
  readonly flag: string;
}

/** Throws `invalid-argument` when the block is no tar header. */
export function decodeHeader(block: Buffer): RawHeader | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  let sum = 8 * 32;
  for (let i = 0; i < 512; i++) if (i < 148 || i >= 156) sum += block[i] ?? 0;
  if (sum !== numberAt(block, 148, 8)) throw malformed("a header has a wrong checksum");
  const isUstar = block.toString("latin1", 257, 263) === "ustar\0";
  const prefix = isUstar ? textAt(block, 345, 155) : "";
  const name = textAt(block, 0, 100);
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    mode: numberAt(block, 100, 8) & 0o7777,
    uid: numberAt(block, 108, 8),
    gid: numberAt(block, 116, 8),
    sizeBytes: numberAt(block, 124, 12),
    mtime: numberAt(block, 136, 12),
    flag: block.toString("latin1", 156, 157),
    linkname: textAt(block, 157, 100),
    devMajor: numberAt(block, 329, 8),
    devMinor: numberAt(block, 337, 8),
  };
}

/** The records of a PAX extended header. Throws `invalid-argument` when they are malformed. */
export function decodePax(data: Buffer): Map<string, string> {
  const records = new Map<string, string>();
  let at = 0;
  while (at < data.length && data[at] !== 0) {
    const space = data.indexOf(0x20, at);
    const length = space === -1 ? Number.NaN : Number(data.toString("latin1", at, space));
    const end = at + length;
    if (
      !Number.isInteger(length) ||
      space - at > 10 ||
      end <= space ||
      end > data.length ||
      data[end - 1] !== 0x0a
    ) {
      throw malformed("a PAX record has a wrong length");
    }
    const record = data.toString("latin1", space + 1, end - 1);
    const equals = record.indexOf("=");
    if (equals <= 0) throw malformed("a PAX record has no name");
    records.set(record.slice(0, equals), record.slice(equals + 1));
    at = end;
  }
  return records;
}

/** The header an entry has once its long names and PAX records are applied. */
export function resolveHeader(
  raw: RawHeader,
  longName: string | undefined,
  longLink: string | undefined,
  pax: ReadonlyMap<string, string>,
): TarHeader {
  const name = pax.get("path") ?? longName ?? raw.name;
  const known = typeFlags[raw.flag];
  if (known === undefined)
    throw malformed(`entry ${JSON.stringify(name)} has type ${JSON.stringify(raw.flag)}`);
  const type = known === "file" && name.endsWith("/") ? "directory" : known;
  for (const key of pax.keys()) {
    if (key.startsWith("GNU.sparse.")) throw malformed(`entry ${JSON.stringify(name)} is sparse`);
  }
  const devices = [raw.devMajor, raw.devMinor];
  if (devices.some((each) => each < 0 || each > 0o7777777)) {
    throw malformed(`entry ${JSON.stringify(name)} has a device number out of range`);
  }
  const owners = [wholeNumber(pax.get("uid"), raw.uid), wholeNumber(pax.get("gid"), raw.gid)];
  if (owners.some((each) => each < 0 || each > 0xffff_fffe)) {
    throw malformed(`entry ${JSON.stringify(name)} has an owner out of range`);
  }
  const { flag: _flag, ...fields } = raw;
  return {
    ...fields,
    name,
    type,
    linkname: pax.get("linkpath") ?? longLink ?? raw.linkname,
    sizeBytes: type === "file" ? wholeNumber(pax.get("size"), raw.sizeBytes) : 0,
    uid: owners[0] ?? 0,
    gid: owners[1] ?? 0,
    mtime: pax.has("mtime") ? Math.floor(Number(pax.get("mtime"))) || 0 : raw.mtime,
    pax: new Map([...pax].filter(([key]) => !foldedRecords.has(key))),
  };
}

/**
 * The header blocks of an entry, to be followed by its body and padding. Long names are GNU records ("gnu": no reader
 * converts their character set) or PAX records ("pax": what OCI layers use).
 */
export function encodeHeader(header: TarHeader, longNames: "gnu" | "pax"): Buffer {
  const blocks: Buffer[] = [];
  const pax = new Map(header.pax);
  const tooLong = (text: string) => text.length > 100 || (longNames === "pax" && /[^\x20-\x7e]/.test(text));
  if (tooLong(header.name)) {
    if (longNames === "gnu") blocks.push(longRecord("L", header.name));
    else pax.set("path", header.name);
  }
  if (tooLong(header.linkname)) {
    if (longNames === "gnu") blocks.push(longRecord("K", header.linkname));
    else pax.set("linkpath", header.linkname);
  }
  if (header.uid > 0o7777777) pax.set("uid", String(header.uid));
  if (header.gid > 0o7777777) pax.set("gid", String(header.gid));
  if (header.sizeBytes > 0o77777777777) pax.set("size", String(header.sizeBytes));
  if (header.mtime < 0 || header.mtime > 0o77777777777) pax.set("mtime", String(header.mtime));
  if (pax.size > 0) {
    const data = encodePax(pax);
    blocks.push(
      headerBlock({ ...header, name: "PaxHeader", linkname: "", sizeBytes: data.length }, "x"),
      padded(data),
    );
  }
  blocks.push(headerBlock(header, flagOf[header.type]));
  return Buffer.concat(blocks);
}

/** Zeros after a body of this size. */
export function padding(sizeBytes: number): Buffer {
  return Buffer.alloc((512 - (sizeBytes % 512)) % 512);
}

/** The two zero blocks at the end of an archive. */
export const endOfArchive: Buffer = Buffer.alloc(1024);

function encodePax(records: ReadonlyMap<string, string>): Buffer {
  const parts: Buffer[] = [];
  for (const [key, value] of records) {
    const rest = ` ${key}=${value}\n`;
    let length = rest.length + 1;
    while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
    parts.push(Buffer.from(`${length}${rest}`, "latin1"));
  }
  return Buffer.concat(parts);
}

function longRecord(flag: "L" | "K", text: string): Buffer {
  const data = Buffer.from(`${text}\0`, "latin1");
  const header: TarHeader = {
    name: "././@LongLink",
    type: "file",
    mode: 0,
    uid: 0,
    gid: 0,
    sizeBytes: data.length,
    mtime: 0,
    linkname: "",
    devMajor: 0,
    devMinor: 0,
    pax: new Map(),
  };
  return Buffer.concat([headerBlock(header, flag), padded(data)]);
}

function padded(data: Buffer): Buffer {
  return Buffer.concat([data, padding(data.length)]);
}

function headerBlock(header: TarHeader, flag: string): Buffer {
  const block = Buffer.alloc(512);
  block.write(header.name.slice(0, 100), 0, "latin1");
  octal(block, 100, 8, header.mode & 0o7777);
  octal(block, 108, 8, Math.min(header.uid, 0o7777777));
  octal(block, 116, 8, Math.min(header.gid, 0o7777777));
  octal(block, 124, 12, Math.min(header.sizeBytes, 0o77777777777));
  octal(block, 136, 12, Math.min(Math.max(header.mtime, 0), 0o77777777777));
  block.write(flag, 156, "latin1");
  block.write(header.linkname.slice(0, 100), 157, "latin1");
  block.write("ustar\x0000", 257, "latin1");
  octal(block, 329, 8, header.devMajor);
  octal(block, 337, 8, header.devMinor);
  block.write("        ", 148, "latin1");
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

function octal(block: Buffer, offset: number, length: number, value: number): void {
  block.write(value.toString(8).padStart(length - 1, "0"), offset, "latin1");
}

function textAt(block: Buffer, offset: number, length: number): string {
  const text = block.toString("latin1", offset, offset + length);
  const end = text.indexOf("\0");
  return end === -1 ? text : text.slice(0, end);
}

function numberAt(block: Buffer, offset: number, length: number): number {
  const first = block[offset] ?? 0;
  if ((first & 0x80) !== 0) return base256(block.subarray(offset, offset + length));
  const text = textAt(block, offset, length).trim();
  if (text === "") return 0;
  if (!/^[0-7]+$/.test(text)) throw malformed("a header holds a number that is not octal");
  return Number.parseInt(text, 8);
}

function base256(field: Buffer): number {
  const negative = (field[0] ?? 0) === 0xff;
  let value = negative ? -1 : (field[0] ?? 0) & 0x7f;
  for (const byte of field.subarray(1)) value = value * 256 + byte;
  if (!Number.isSafeInteger(value)) throw malformed("a header holds a number out of range");
  return value;
}

function wholeNumber(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!/^[0-9]+$/.test(text) || !Number.isSafeInteger(value))
    throw malformed("a PAX record holds a wrong number");
  return value;
}

export function malformed(what: string): EngineError {
  return new EngineError("invalid-argument", `malformed tar archive: ${what}`);
}
