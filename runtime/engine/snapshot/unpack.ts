import { createHash } from "node:crypto";
import { lstat } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline as pipelineEnd } from "node:stream/promises";
import type { ContentStore } from "../content/content-store.ts";
import { EngineError } from "../error.ts";
import { CommandError, startProgram } from "../host/run.ts";
import type { Digest } from "../image/resolved.ts";
import { decompressed } from "./decompress.ts";
import { type DirectoryAttributes, layerToOverlay } from "./layer-to-overlay.ts";
import { countFiles, readTar } from "./tar-reader.ts";

/** Attributes a layer may bring along; the rewriting lets no others through either. */
export const keptXattrs = [
  "--xattrs",
  "--xattrs-include=trusted.overlay.opaque",
  "--xattrs-include=security.capability",
  "--xattrs-include=user.*",
] as const;

/** Beyond what is always allowed, a layer may unpack to this many times its compressed size. Debian's layers unpack to 3 times, sparse data to more. */
const largestRatio = 200;

export interface LayerSource {
  /** In the content store, or on its way there. */
  readonly blob: Digest;
  readonly diffId: Digest;
  /** Directories of the layers below, topmost first; asked for only when something of them is needed. */
  readonly lower: () => Promise<readonly string[]>;
  /** However small the blob is, it may unpack to this much. */
  readonly alwaysUnpackedBytes: number;
}

/**
 * Extracts a layer blob (gzip, zstd or plain, told by its first bytes) into the empty directory `target` as a lower
 * directory of overlayfs, and gives the bytes of its files. Throws when the content does not have `diffId`, points
 * outside, or is out of proportion; the caller removes what is there.
 */
export async function unpackLayer(
  content: ContentStore,
  layer: LayerSource,
  target: string,
  signal: AbortSignal,
): Promise<{ readonly sizeBytes: number }> {
  const hash = createHash("sha256");
  const stored = await content.readArriving(layer.blob, signal);
  const plain = await decompressed(stored.bytes);
  const limitBytes = Math.max(layer.alwaysUnpackedBytes, stored.sizeBytes * largestRatio);
  let sizeBytes = 0;
  const entries = readTar(hashed(plain, limitBytes, (chunk) => hash.update(chunk)));
  const counted = countFiles(entries, (bytes) => {
    sizeBytes += bytes;
  });
  const archive = layerToOverlay(counted, async (path) => attributesBelow(await layer.lower(), path));
  await extract(archive, target, layer.blob, signal);
  const diffId = `sha256:${hash.digest("hex")}`;
  if (diffId !== layer.diffId) {
    throw new EngineError(
      "internal",
      `layer ${layer.blob} does not match its diff id: expected ${layer.diffId}, the content has ${diffId}`,
    );
  }
  return { sizeBytes };
}

async function extract(
  archive: AsyncIterable<Buffer>,
  target: string,
  blob: Digest,
  signal: AbortSignal,
): Promise<void> {
  const tar = startProgram(
    {
      argv: [
        "tar",
        ...[
          "-x",
          "-f",
          "-",
          "-C",
          target,
          "-p",
          "--numeric-owner",
          "--same-owner",
          "--delay-directory-restore",
          // Reads and writes of 256 KiB instead of 10: a third less of the system's time.
          "--blocking-factor=512",
        ],
        ...["--warning=no-timestamp", ...keptXattrs],
      ],
      stdin: "pipe",
      stdout: "none",
    },
    signal,
  );
  if (tar.stdin === undefined) throw new Error("tar has no standard input");
  const fed = await pipelineEnd(Readable.from(archive, { objectMode: false }), tar.stdin, { signal }).then(
    () => undefined,
    (error: unknown) => error,
  );
  // A malformed layer is the cause, not the archive that ended early for it; a broken pipe is tar's doing.
  if (fed instanceof EngineError) tar.kill("SIGKILL");
  const ended = await tar.succeeded().then(
    () => undefined,
    (error: unknown) => error,
  );
  signal.throwIfAborted();
  if (fed instanceof EngineError) throw withLayer(fed, blob);
  if (ended instanceof CommandError) throw extractionError(ended, blob);
  if (ended !== undefined) throw ended;
  if (fed !== undefined) throw withLayer(fed, blob);
}

function withLayer(error: unknown, blob: Digest): EngineError {
  const kind = error instanceof EngineError ? error.kind : "internal";
  const message = error instanceof Error ? error.message : String(error);
  return new EngineError(kind, `cannot unpack layer ${blob}: ${message}`, { cause: error });
}

function extractionError(error: CommandError, blob: Digest): EngineError {
  const isFull = /No space left on device|Disk quota exceeded|Wrote only \d+ of \d+ bytes/.test(error.stderr);
  const why = isFull ? "no space left on device" : error.message;
  return new EngineError("internal", `cannot unpack layer ${blob}: ${why}`, { cause: error });
}

async function* hashed(
  source: AsyncIterable<Buffer>,
  limitBytes: number,
  update: (chunk: Buffer) => void,
): AsyncGenerator<Buffer, void, void> {
  let sizeBytes = 0;
  for await (const chunk of source) {
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes) {
      throw new EngineError(
        "invalid-argument",
        `it unpacks to more than ${limitBytes} bytes, out of proportion to its size`,
      );
    }
    update(chunk);
    yield chunk;
  }
}

/** The attributes of directory `path` (latin1, one character a byte) in the topmost layer that says something of it. */
export async function attributesBelow(
  lower: readonly string[],
  path: string,
): Promise<DirectoryAttributes | undefined> {
  for (const directory of lower) {
    const found = await lookUp(directory, path);
    if (found === "nothing") continue;
    return found;
  }
  return undefined;
}

/** Part by part, so that no symlink of an image is followed out of it. */
async function lookUp(root: string, path: string): Promise<DirectoryAttributes | "nothing" | undefined> {
  let at = Buffer.from(root);
  let attributes: DirectoryAttributes | undefined;
  for (const part of path.split("/")) {
    at = Buffer.concat([at, Buffer.from(`/${part}`, "latin1")]);
    const stats = await lstat(at).catch(() => undefined);
    if (stats === undefined) return "nothing";
    if (!stats.isDirectory()) return undefined;
    attributes = {
      mode: stats.mode & 0o7777,
      uid: stats.uid,
      gid: stats.gid,
      mtime: Math.max(0, Math.floor(stats.mtimeMs / 1000)),
    };
  }
  return attributes;
}
