import { decodeHeader, decodePax, malformed, resolveHeader, type TarEntry } from "./tar-codec.ts";

/** Longest name or PAX header taken into memory. */
const recordLimitBytes = 1024 * 1024;

/**
 * The entries of an archive in order. `source` is read only as fast as entries and bodies are taken. Whatever follows
 * the end of the archive is read and dropped, so that a hash over the source sees all of it.
 * Throws `invalid-argument` for what is no tar archive or ends early.
 */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry, void, void> {
  const input = new ByteReader(source);
  try {
    let longName: string | undefined;
    let longLink: string | undefined;
    let pax = new Map<string, string>();
    for (;;) {
      const block = await input.take(512);
      if (block === undefined) break;
      const raw = decodeHeader(block);
      if (raw === undefined) break;
      if (raw.flag === "L" || raw.flag === "K" || raw.flag === "x" || raw.flag === "g") {
        const data = await takeRecord(input, raw.sizeBytes);
        if (raw.flag === "L") longName = cString(data);
        else if (raw.flag === "K") longLink = cString(data);
        else if (raw.flag === "x") pax = decodePax(data);
        continue;
      }
      const header = resolveHeader(raw, longName, longLink, pax);
      [longName, longLink, pax] = [undefined, undefined, new Map()];
      if (header.sizeBytes < 0) throw malformed("an entry has a negative size");
      const body = new Body(input, header.sizeBytes);
      yield { header, body };
      await body.skip();
    }
    await input.drain();
  } finally {
    await input.close();
  }
}

/** Passes entries through and tells the size of each body. */
export async function* countFiles(
  entries: AsyncIterable<TarEntry>,
  add: (bytes: number) => void,
): AsyncGenerator<TarEntry, void, void> {
  for await (const entry of entries) {
    add(entry.header.sizeBytes);
    yield entry;
  }
}

async function takeRecord(input: ByteReader, sizeBytes: number): Promise<Buffer> {
  if (sizeBytes > recordLimitBytes) throw malformed(`a long name or PAX header has ${sizeBytes} bytes`);
  const data = await input.take(sizeBytes + ((512 - (sizeBytes % 512)) % 512));
  if (data === undefined) throw malformed("it ends early");
  return data.subarray(0, sizeBytes);
}

function cString(data: Buffer): string {
  const end = data.indexOf(0);
  return data.toString("latin1", 0, end === -1 ? data.length : end);
}

class Body implements AsyncIterable<Buffer> {
  readonly #input: ByteReader;
  #leftBytes: number;
  readonly #paddingBytes: number;
  #done = false;

  constructor(input: ByteReader, sizeBytes: number) {
    this.#input = input;
    this.#leftBytes = sizeBytes;
    this.#paddingBytes = (512 - (sizeBytes % 512)) % 512;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, void> {
    while (this.#leftBytes > 0) {
      const chunk = await this.#input.some(this.#leftBytes);
      if (chunk === undefined) throw malformed("it ends early");
      this.#leftBytes -= chunk.length;
      yield chunk;
    }
    if (this.#done) return;
    this.#done = true;
    if (this.#paddingBytes > 0 && (await this.#input.take(this.#paddingBytes)) === undefined) {
      throw malformed("it ends early");
    }
  }

  async skip(): Promise<void> {
    for await (const _chunk of this);
  }
}

/** Exact amounts out of chunks of any size. Holds at most one chunk and one record. */
class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #chunk: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Between 1 and `limit` bytes; undefined at the end. */
  async some(limit: number): Promise<Buffer | undefined> {
    if (!(await this.#fill())) return undefined;
    const part = this.#chunk.subarray(0, limit);
    this.#chunk = this.#chunk.subarray(part.length);
    return part;
  }

  /** Exactly `length` bytes; undefined at the end. Throws when the end comes in between. */
  async take(length: number): Promise<Buffer | undefined> {
    const parts: Buffer[] = [];
    let have = 0;
    while (have < length) {
      const part = await this.some(length - have);
      if (part === undefined) {
        if (have === 0) return undefined;
        throw malformed("it ends early");
      }
      parts.push(part);
      have += part.length;
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
  }

  async drain(): Promise<void> {
    while ((await this.some(Number.MAX_SAFE_INTEGER)) !== undefined);
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }

  async #fill(): Promise<boolean> {
    while (this.#chunk.length === 0) {
      const next = await this.#source.next();
      if (next.done === true) return false;
      this.#chunk = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
    }
    return true;
  }
}
