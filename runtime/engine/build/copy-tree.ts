import { constants, type Stats } from "node:fs";
import { chmod, copyFile, lchown, lutimes, mkdir, readlink, rm, symlink } from "node:fs/promises";
import { EngineError } from "../error.ts";
import { onDisk, toText } from "./byte-path.ts";
import { kindOf, resolveInRoot } from "./in-root.ts";
import type { Owner } from "./owner.ts";
import type { FoundSource } from "./sources.ts";
import { fileTasks, TaskPool } from "./task-pool.ts";
import { type LeavesOut, type TreeEntry, walkTree } from "./tree-walk.ts";
import { directoryInRoot } from "./unpack-archive.ts";

export interface CopyTarget {
  /** Mounted root of the stage; nothing is written outside of it. Byte path. */
  readonly root: string;
  /** Absolute byte path in the root; a trailing slash means a directory. */
  readonly destination: string;
  /** `source`: as the copied file's. */
  readonly owner: Owner | "source";
  /** Permission bits for all files and directories; undefined: as the source's. */
  readonly mode: number | undefined;
  /** What of a directory is not copied. */
  readonly leavesOut?: LeavesOut;
}

/** Copies a file to the destination, or into it when it is a directory; of a directory its contents. */
export async function copySource(
  source: FoundSource,
  target: CopyTarget,
  signal: AbortSignal,
): Promise<void> {
  if (source.place.kind === "directory") {
    const top = await directoryInRoot(
      target.root,
      target.destination,
      { owner: parentOwner(target) },
      signal,
    );
    return copyContents(source, top, target, signal);
  }
  const hostPath = await fileDestination(source.name, target, signal);
  for await (const entry of walkTree(source.place.hostPath, signal)) await copyEntry(entry, hostPath, target);
}

/** Where a single file goes: symlinks in the root followed, parents made. */
export async function fileDestination(
  name: string,
  target: CopyTarget,
  signal: AbortSignal,
): Promise<string> {
  const owner = parentOwner(target);
  if (target.destination.endsWith("/")) {
    return `${await directoryInRoot(target.root, target.destination, { owner }, signal)}/${name}`;
  }
  const place = await resolveInRoot(target.root, target.destination);
  if (place.kind === "directory") return `${place.hostPath}/${name}`;
  const slash = place.path.lastIndexOf("/");
  const parent = slash === -1 ? "" : place.path.slice(0, slash);
  return `${await directoryInRoot(target.root, parent, { owner }, signal)}/${place.path.slice(slash + 1)}`;
}

function parentOwner({ owner }: CopyTarget): Owner {
  return owner === "source" ? { uid: 0, gid: 0 } : owner;
}

async function copyContents(
  source: FoundSource,
  top: string,
  target: CopyTarget,
  signal: AbortSignal,
): Promise<void> {
  const times: { readonly hostPath: string; readonly stats: Stats }[] = [];
  /** Destination of each source directory, since a symlink in the root may lead elsewhere. */
  const places = new Map<string, string>([["", top]]);
  const pool = new TaskPool(fileTasks);
  try {
    await copyBelow(source, target, places, times, pool, signal);
    await pool.drain();
  } finally {
    await pool.settle();
  }
  for (const { hostPath, stats } of times.reverse())
    await lutimes(onDisk(hostPath), stats.atime, stats.mtime);
}

/** Directories one after the other, files side by side. */
async function copyBelow(
  source: FoundSource,
  target: CopyTarget,
  places: Map<string, string>,
  times: { readonly hostPath: string; readonly stats: Stats }[],
  pool: TaskPool,
  signal: AbortSignal,
): Promise<void> {
  for await (const entry of walkTree(source.place.hostPath, signal, target.leavesOut)) {
    if (entry.path === "") continue;
    const slash = entry.path.lastIndexOf("/");
    const parent = places.get(slash === -1 ? "" : entry.path.slice(0, slash));
    if (parent === undefined) throw new Error(`no destination for the parent of ${toText(entry.path)}`);
    const hostPath = `${parent}/${entry.path.slice(slash + 1)}`;
    if (entry.stats.isDirectory()) {
      const place = await existingDirectory(target.root, hostPath);
      places.set(entry.path, place);
      times.push({ hostPath: place, stats: entry.stats });
      await copyEntry(entry, place, target);
    } else await pool.add(() => copyEntry(entry, hostPath, target));
  }
}

/** A symlink to a directory in the root stands for that directory (`/lib` → `/usr/lib`). */
async function existingDirectory(root: string, hostPath: string): Promise<string> {
  if ((await kindOf(hostPath)) !== "symlink") return hostPath;
  const place = await resolveInRoot(root, hostPath.slice(root.length));
  return place.kind === "directory" ? place.hostPath : hostPath;
}

async function copyEntry(entry: TreeEntry, hostPath: string, target: CopyTarget): Promise<void> {
  const { stats } = entry;
  const path = onDisk(hostPath);
  const kind = await kindOf(hostPath);
  const { uid, gid } = target.owner === "source" ? stats : target.owner;
  if (stats.isDirectory()) {
    if (kind !== "directory" && kind !== "missing") {
      throw new EngineError(
        "invalid-argument",
        `cannot copy a directory over the file ${inRoot(target, hostPath)}`,
      );
    }
    if (kind === "missing") await mkdir(path);
  } else {
    if (kind === "directory") {
      throw new EngineError(
        "invalid-argument",
        `cannot copy a file over the directory ${inRoot(target, hostPath)}`,
      );
    }
    if (kind !== "missing") await rm(path, { force: true });
    await copyLeaf(entry, path);
  }
  if (kind === "directory" || uid !== process.getuid?.() || gid !== process.getgid?.())
    await lchown(path, uid, gid);
  if (!stats.isSymbolicLink()) await chmod(path, target.mode ?? stats.mode & 0o7777);
  await lutimes(path, stats.atime, stats.mtime);
}

async function copyLeaf({ hostPath, stats }: TreeEntry, path: Buffer): Promise<void> {
  if (stats.isFile()) {
    return copyFile(onDisk(hostPath), path, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  }
  if (!stats.isSymbolicLink()) {
    throw new EngineError(
      "invalid-argument",
      `cannot copy ${toText(hostPath)}: it is a device, pipe or socket`,
    );
  }
  await symlink(await readlink(onDisk(hostPath), "buffer"), path);
}

function inRoot({ root }: CopyTarget, hostPath: string): string {
  return toText(hostPath.slice(root.length));
}
