import { randomUUID } from "node:crypto";
import { chmod, chown, mkdir, readdir, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../host/run.ts";
import type { Logger } from "../log.ts";
import { isMissing } from "../store/atomic-file.ts";

const removalLimitMs = 600_000;

/** The numbered directories `N/{diff,work}` below one directory. Paths given out are relative to it, and short. */
export class SnapshotFiles {
  readonly directory: string;
  readonly #log: Logger;

  constructor(directory: string, log: Logger) {
    this.directory = directory;
    this.#log = log;
  }

  /** Whole path of all that is of a snapshot. */
  pathOf(number: number): string {
    return join(this.directory, String(number));
  }

  /** Whole path of the directory that holds a snapshot's files. */
  diffOf(number: number): string {
    return join(this.directory, String(number), "diff");
  }

  /** Makes the directory of a layer that is to be unpacked. */
  async makeLayer(number: number): Promise<void> {
    await mkdir(this.diffOf(number), { recursive: true });
    await chmod(this.diffOf(number), 0o755);
  }

  /** Makes a writable snapshot's directories; the root directory's attributes are those of `below`, the layer under it. */
  async makeWritable(number: number, below: string | undefined): Promise<void> {
    const diff = this.diffOf(number);
    await mkdir(diff, { recursive: true });
    await mkdir(join(this.directory, String(number), "work"));
    const root = below === undefined ? undefined : await stat(join(this.directory, below));
    if (root !== undefined) await chown(diff, root.uid, root.gid);
    await chmod(diff, root === undefined ? 0o755 : root.mode & 0o7777);
  }

  /** Writes what the file system of the snapshots still has in memory to the disk. */
  async syncAll(): Promise<void> {
    const argv = ["sync", "-f", "--", this.directory] as const;
    await run({ argv, limitMs: removalLimitMs, parse: () => {} }, AbortSignal.timeout(removalLimitMs));
  }

  remove(number: number): Promise<void> {
    return this.#removePath(String(number));
  }

  /** A committed layer needs no work directory. */
  removeWork(number: number): Promise<void> {
    return this.#removePath(`${number}/work`);
  }

  /** Removes all directories but those of `numbers` and the `others` named. */
  async removeAllBut(
    numbers: ReadonlySet<number>,
    others: ReadonlySet<string>,
    signal: AbortSignal,
  ): Promise<void> {
    const kept = new Set([...numbers].map(String));
    for (const name of await readdir(this.directory)) {
      if (others.has(name) || kept.has(name)) continue;
      this.#log.info("files of an unfinished snapshot removed", { name });
      // The tar of a killed engine may still be at its last file; what stays is removed by the next start.
      await removeTree(join(this.directory, name), signal).catch((error: unknown) => {
        this.#log.warn("files of an unfinished snapshot could not all be removed", { name, error });
      });
    }
  }

  async #removePath(path: string): Promise<void> {
    const trash = join(this.directory, `trash-${randomUUID()}`);
    try {
      await rename(join(this.directory, path), trash);
    } catch (error) {
      if (isMissing(error)) return;
      throw error;
    }
    await removeTree(trash, AbortSignal.timeout(removalLimitMs));
  }
}

/** Names in layers may be bytes that Node's own removal cannot spell, so `rm` does it. */
function removeTree(path: string, signal: AbortSignal): Promise<void> {
  return run(
    { argv: ["rm", "-rf", "--one-file-system", "--", path], limitMs: removalLimitMs, parse: () => {} },
    signal,
  );
}
