import { constants, copyFileSync, linkSync, lutimesSync } from "node:fs";
import { onDisk } from "./byte-path.ts";
import { Turns } from "./turns.ts";

/**
 * What is done to a layer's files once it is not mounted any more: hard links, which cannot lead from one mount to
 * another, and the times of the directories they come into. Paths are byte paths below the layer's root, free of symlinks.
 */
export class PendingLinks {
  readonly #sources = new Map<string, string>();
  readonly #times: { readonly path: string; readonly atime: Date; readonly mtime: Date }[] = [];

  /** `source` (host path) must never change again; its directory must be the layer's own, not one below it. */
  add(path: string, source: string): void {
    this.#sources.set(path, source);
  }

  has(path: string): boolean {
    return this.#sources.has(path);
  }

  delete(path: string): void {
    this.#sources.delete(path);
  }

  /** Directories are named after those in them. */
  setTimes(path: string, atime: Date, mtime: Date): void {
    this.#times.push({ path, atime, mtime });
  }

  /** Does it all in the directory that holds the layer's files. */
  async apply(upper: string, signal: AbortSignal): Promise<void> {
    const turns = new Turns();
    for (const [path, source] of this.#sources) {
      await turns.next(signal);
      linkOrCopy(source, `${upper}/${path}`);
    }
    for (const { path, atime, mtime } of this.#times) {
      await turns.next(signal);
      lutimesSync(onDisk(`${upper}/${path}`), atime, mtime);
    }
  }
}

/** A file system may have no room for another link to a file, or none at all. */
function linkOrCopy(source: string, path: string): void {
  try {
    linkSync(onDisk(source), onDisk(path));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "EMLINK" && code !== "EXDEV" && code !== "EPERM") throw error;
    copyFileSync(onDisk(source), onDisk(path), constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  }
}
