/** Each write costs a hand-over to a thread, so headers and small files are written together. */
const chunkBytes = 256 * 1024;

/** The same bytes in fewer pieces: small ones are put together, large ones pass as they are. */
export async function* inLargeChunks(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  let pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of source) {
    pieces.push(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes < chunkBytes) continue;
    yield pieces.length === 1 ? chunk : Buffer.concat(pieces);
    pieces = [];
    sizeBytes = 0;
  }
  if (sizeBytes > 0) yield Buffer.concat(pieces);
}
