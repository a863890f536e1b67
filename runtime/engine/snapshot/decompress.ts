import { pipeline, Readable } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";

const chunkBytes = 128 * 1024;
const magicBytes = 4;

/**
 * The plain bytes of what `source` gives: gzip and zstd are told by their first bytes, everything else passes as it is.
 * Errors of the source come out of the result. Waits for the first bytes.
 */
export async function decompressed(source: AsyncIterable<Uint8Array>): Promise<Readable> {
  const chunks = source[Symbol.asyncIterator]();
  const start: Uint8Array[] = [];
  for (let haveBytes = 0; haveBytes < magicBytes; ) {
    const next = await chunks.next();
    if (next.done === true) break;
    start.push(next.value);
    haveBytes += next.value.length;
  }
  return plainBytes(Readable.from(putBack(start, chunks), { objectMode: false }), Buffer.concat(start));
}

function plainBytes(source: Readable, start: Buffer): Readable {
  const ignore = () => {}; // pipeline destroys the result with the error, where its reader sees it
  if (start[0] === 0x1f && start[1] === 0x8b) {
    return pipeline(source, createGunzip({ chunkSize: chunkBytes }), ignore);
  }
  if (start.toString("hex", 0, magicBytes) === "28b52ffd") {
    return pipeline(source, createZstdDecompress({ chunkSize: chunkBytes }), ignore);
  }
  return source;
}

async function* putBack(
  start: readonly Uint8Array[],
  chunks: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  try {
    yield* start;
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
  } finally {
    await chunks.return?.();
  }
}
