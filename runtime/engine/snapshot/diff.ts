import type { ContentStore } from "../content/content-store.ts";
import type { Stored } from "../content/ingest.ts";
import { startProgram } from "../host/run.ts";
import type { Digest } from "../image/resolved.ts";
import { inLargeChunks } from "./large-chunks.ts";
import { overlayToLayer } from "./overlay-to-layer.ts";
import { countFiles, readTar } from "./tar-reader.ts";
import { attributesBelow, keptXattrs } from "./unpack.ts";

export interface Difference extends Stored {
  /** Bytes of file content in it. */
  readonly contentBytes: number;
}

/**
 * Stores what an upper directory holds over `lower` (topmost first) as an OCI layer blob; undefined when it holds
 * nothing. The blob is not compressed: its digest then is its diff id, a build step waits for no compressor, and a push
 * compresses on the way. Times are whole seconds, so that plain headers do. `onDigest` is called before the blob is there.
 */
export async function diffLayer(
  content: ContentStore,
  upper: string,
  lower: readonly string[],
  onDigest: (digest: Digest) => void,
  signal: AbortSignal,
): Promise<Difference | undefined> {
  const tar = startProgram(
    {
      argv: [
        "tar",
        ...["-c", "-f", "-", "-C", upper, "--format=posix", "--sort=name", "--numeric-owner"],
        ...["--pax-option=delete=atime,delete=ctime,delete=mtime", ...keptXattrs, "."],
      ],
      stdin: "none",
    },
    signal,
  );
  let entryCount = 0;
  let contentBytes = 0;
  const archive = overlayToLayer(
    countFiles(readTar(tar.stdout), (bytes) => {
      contentBytes += bytes;
    }),
    async (path) => (await attributesBelow(lower, path)) !== undefined,
    () => {
      entryCount += 1;
    },
  );
  try {
    await using ingest = await content.begin({});
    await ingest.appendAll(inLargeChunks(archive), signal);
    await tar.succeeded();
    if (entryCount === 0) return undefined;
    onDigest(ingest.digestSoFar);
    return { ...(await ingest.commit()), contentBytes };
  } finally {
    tar.kill("SIGKILL");
    await tar.exited;
  }
}
