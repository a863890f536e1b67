import { constants, type Stats } from "node:fs";
import { copyFile, link, readlink, symlink } from "node:fs/promises";
import { copyNode } from "../host/copy-tree.ts";
import { run } from "../host/run.ts";
import { onDisk, toText } from "./byte-path.ts";
import type { TreeEntry } from "./tree-walk.ts";

/** Makes a file, symlink, pipe, socket or device as the entry is, where nothing stands. */
export async function makeLeaf(
  { hostPath, stats }: TreeEntry,
  path: Buffer,
  signal: AbortSignal,
): Promise<void> {
  if (stats.isFile()) {
    return copyFile(onDisk(hostPath), path, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  }
  if (stats.isSymbolicLink()) return symlink(await readlink(onDisk(hostPath), "buffer"), path);
  await run(copyNode(toText(hostPath), path.toString("utf8")), signal);
}

/** Names of one file become names of one file. */
export class HardLinks {
  readonly #firsts = new Map<string, { readonly hostPath: string; readonly made: Promise<void> }>();

  /** Makes the file, or, when one of its other names was copied before, a link to that. */
  async makeOrRemember(
    stats: Stats,
    hostPath: string,
    make: () => Promise<void>,
  ): Promise<"made" | "linked"> {
    if (stats.nlink < 2) {
      await make();
      return "made";
    }
    const id = `${stats.dev}:${stats.ino}`;
    const first = this.#firsts.get(id);
    if (first !== undefined) {
      await first.made;
      await link(onDisk(first.hostPath), onDisk(hostPath));
      return "linked";
    }
    const made = make();
    made.catch(() => {});
    this.#firsts.set(id, { hostPath, made });
    await made;
    return "made";
  }
}
