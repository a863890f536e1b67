import { PassThrough, pipeline, type Readable } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";

const chunkBytes = 128 * 1024;

/**
 * The plain bytes of a stream that begins with `start`: gzip and zstd are told by their first bytes, everything else
 * passes as it is. Errors of the source come out of the result.
 */
export function decompress(source: Readable, start: Buffer): Readable {
  const ignore = () => {}; // pipeline destroys the result with the error, where its reader sees it
  if (start[0] === 0x1f && start[1] === 0x8b) {
    return pipeline(source, createGunzip({ chunkSize: chunkBytes }), ignore);
  }
  if (start.toString("hex", 0, 4) === "28b52ffd") {
    return pipeline(source, createZstdDecompress({ chunkSize: chunkBytes }), ignore);
  }
  return pipeline(source, new PassThrough({ highWaterMark: chunkBytes }), ignore);
}
