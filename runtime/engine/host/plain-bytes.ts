import { pipeline, Readable } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { startProgram } from "./run.ts";

/** The bytes inside of gzip, bzip2, xz or zstd (told by the first bytes), or the bytes themselves. */
export async function plainBytes(
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const { head, all } = await peek(source);
  const readable = Readable.from(all, { objectMode: false });
  const magic = head.toString("hex");
  if (magic.startsWith("1f8b")) return pipeline(readable, createGunzip(), () => {});
  if (magic.startsWith("28b52ffd")) return pipeline(readable, createZstdDecompress(), () => {});
  if (magic.startsWith("425a68")) return decompressWith("bzip2", readable, signal);
  if (magic.startsWith("fd377a585a00")) return decompressWith("xz", readable, signal);
  return readable;
}

async function* decompressWith(
  program: "bzip2" | "xz",
  source: Readable,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  const stop = new AbortController();
  const child = startProgram(
    { argv: [program, "-d", "-c"], stdin: "pipe" },
    AbortSignal.any([signal, stop.signal]),
  );
  if (child.stdin === undefined) throw new Error(`${program} has no standard input`);
  pipeline(source, child.stdin, () => {});
  try {
    yield* child.stdout;
    await child.succeeded();
  } finally {
    stop.abort();
    source.destroy();
  }
}

async function peek(source: AsyncIterable<Uint8Array>) {
  const iterator = source[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  let isDone = false;
  while (head.length < 6 && !isDone) {
    const next = await iterator.next();
    if (next.done === true) isDone = true;
    else head = Buffer.concat([head, next.value]);
  }
  async function* all(): AsyncGenerator<Uint8Array, void, void> {
    try {
      if (head.length > 0) yield head;
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next())
        yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { head: head.subarray(0, 6), all: all() };
}
