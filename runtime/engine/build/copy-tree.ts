import type { Stats } from "node:fs";
import { chmod, lchown, lstat, lutimes, mkdir, readdir, rm, stat } from "node:fs/promises";
import { EngineError } from "../error.ts";
import { copyAttributes, copyFileAttributes } from "../host/copy-attributes.ts";
import { copyTree } from "../host/copy-tree.ts";
import { run } from "../host/run.ts";
import { onDisk, toBytes, toText } from "./byte-path.ts";
import { kindOf, resolveInRoot } from "./in-root.ts";
import { HardLinks, makeLeaf } from "./make-leaf.ts";
import type { ModeChange } from "./mode-change.ts";
import type { Owner } from "./owner.ts";
import type { PendingLinks } from "./pending-links.ts";
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
  /** Of permission bits; undefined: as the source's. */
  readonly mode: ModeChange | undefined;
  /** What of a directory is not copied. */
  readonly leavesOut?: LeavesOut;
  /** Where a file may become a link to its source, because the source is the engine's own and nothing about it changes. */
  readonly linking?: Linking;
}

export interface Linking {
  readonly links: PendingLinks;
  /** By host path: files that never change, and that are no links to each other. */
  readonly ownFiles: ReadonlyMap<string, unknown>;
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
    if (await canCopyWhole(source, top, target)) return copyWhole(source, top, signal);
    return copyContents(source, top, target, signal);
  }
  const hostPath = await fileDestination(source.name, target, signal);
  target.linking?.links.delete(belowRoot(target, hostPath));
  const links = new HardLinks();
  for await (const entry of walkTree(source.place.hostPath, signal)) {
    await copyEntry(entry, hostPath, { ...target, links, signal });
    if (entry.stats.isFile() && target.owner === "source") {
      await run(copyFileAttributes(toText(source.place.hostPath), toText(hostPath)), signal);
    }
  }
}

/** Into an empty directory everything can go as it is: one program does that, with all links and attributes. */
async function canCopyWhole({ place }: FoundSource, top: string, target: CopyTarget): Promise<boolean> {
  const isUnchanged =
    target.owner === "source" && target.mode === undefined && target.leavesOut === undefined;
  const isText = [place.hostPath, top].every((path) => toBytes(toText(path)) === path);
  return isUnchanged && isText && (await readdir(onDisk(top))).length === 0;
}

async function copyWhole({ place }: FoundSource, top: string, signal: AbortSignal): Promise<void> {
  const { mode, uid, gid, atime, mtime } = await stat(onDisk(top));
  await run(copyTree(toText(place.hostPath), toText(top)), signal);
  // The directory itself is the destination's.
  await lchown(onDisk(top), uid, gid);
  await chmod(onDisk(top), mode & 0o7777);
  await lutimes(onDisk(top), atime, mtime);
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
  const places = new Map<string, string>([["", top]]);
  const files = new Map<string, string[]>();
  const pool = new TaskPool(fileTasks);
  try {
    const copying = { ...target, links: new HardLinks(), signal };
    await copyBelow(source, copying, { top, places, times, files }, pool);
    await pool.drain();
  } finally {
    await pool.settle();
  }
  if (target.owner === "source") await copyAllAttributes(files, signal);
  for (const { hostPath, stats } of times.reverse()) {
    const { atime, mtime } = stats;
    if (target.linking === undefined) await lutimes(onDisk(hostPath), atime, mtime);
    else target.linking.links.setTimes(belowRoot(target, hostPath), atime, mtime);
  }
}

/** What a copy knows of the whole tree. */
interface CopiedTree {
  /** Destination of the source itself. */
  readonly top: string;
  /** Destination of each source directory, since a symlink in the root may lead elsewhere. */
  readonly places: Map<string, string>;
  readonly times: { readonly hostPath: string; readonly stats: Stats }[];
  /** Source files by the directory they went to. */
  readonly files: Map<string, string[]>;
}

interface Copying extends CopyTarget {
  readonly links: HardLinks;
  readonly signal: AbortSignal;
}

/** Directories one after the other, files side by side. */
async function copyBelow(
  source: FoundSource,
  target: Copying,
  { top, places, times, files }: CopiedTree,
  pool: TaskPool,
): Promise<void> {
  /** Directories that this copy made: nothing stands in them but what it puts there. */
  const made = new Set<string>();
  if (target.linking !== undefined) await takeUp(top);
  for await (const entry of walkTree(source.place.hostPath, target.signal, target.leavesOut)) {
    if (entry.path === "") continue;
    const slash = entry.path.lastIndexOf("/");
    const parent = places.get(slash === -1 ? "" : entry.path.slice(0, slash));
    if (parent === undefined) throw new Error(`no destination for the parent of ${toText(entry.path)}`);
    const hostPath = `${parent}/${entry.path.slice(slash + 1)}`;
    if (entry.stats.isDirectory()) {
      const place = await existingDirectory(target.root, hostPath);
      places.set(entry.path, place);
      times.push({ hostPath: place, stats: entry.stats });
      if (made.has(parent) || (await kindOf(place)) === "missing") made.add(place);
      await copyEntry(entry, place, target);
      continue;
    }
    const { linking } = target;
    if (linking !== undefined && canLink(entry, target, linking)) {
      if (made.has(parent) || (await kindOf(hostPath)) === "missing") {
        linking.links.add(belowRoot(target, hostPath), entry.hostPath);
        continue;
      }
    }
    if (entry.stats.isFile() && target.owner === "source") {
      const inParent = files.get(parent) ?? [];
      inParent.push(entry.hostPath);
      files.set(parent, inParent);
    }
    await pool.add(() => copyEntry(entry, hostPath, target));
  }
}

/** Names of one command line. */
const namesAtOnce = 500;

/** Extended attributes, file capabilities above all. Names that are not UTF-8 cannot be given to a program. */
async function copyAllAttributes(
  files: ReadonlyMap<string, readonly string[]>,
  signal: AbortSignal,
): Promise<void> {
  for (const [directory, sources] of files) {
    const names = sources.filter((path) => toBytes(toText(path)) === path).map(toText);
    for (let at = 0; at < names.length; at += namesAtOnce) {
      await run(copyAttributes(names.slice(at, at + namesAtOnce), toText(directory)), signal);
    }
  }
}

function canLink(
  { hostPath, stats }: TreeEntry,
  { owner, mode }: CopyTarget,
  { ownFiles }: Linking,
): boolean {
  const isOwnerKept = owner === "source" || (owner.uid === stats.uid && owner.gid === stats.gid);
  return mode === undefined && isOwnerKept && ownFiles.has(hostPath);
}

/** Has the layer hold a directory, as the layers below have it: links are made where only the layer is. */
async function takeUp(hostPath: string): Promise<void> {
  const { mode } = await lstat(onDisk(hostPath));
  await chmod(onDisk(hostPath), mode & 0o7777);
}

/** A symlink to a directory in the root stands for that directory (`/lib` → `/usr/lib`). */
async function existingDirectory(root: string, hostPath: string): Promise<string> {
  if ((await kindOf(hostPath)) !== "symlink") return hostPath;
  const place = await resolveInRoot(root, hostPath.slice(root.length));
  return place.kind === "directory" ? place.hostPath : hostPath;
}

async function copyEntry(entry: TreeEntry, hostPath: string, target: Copying): Promise<void> {
  const { stats } = entry;
  const path = onDisk(hostPath);
  const isPending = target.linking?.links.has(belowRoot(target, hostPath)) === true;
  const kind = isPending ? "file" : await kindOf(hostPath);
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
    target.linking?.links.delete(belowRoot(target, hostPath));
    if (kind !== "missing") await rm(path, { force: true });
    if (
      (await target.links.makeOrRemember(stats, hostPath, () => makeLeaf(entry, path, target.signal))) ===
      "linked"
    )
      return;
  }
  if (kind === "directory" || uid !== process.getuid?.() || gid !== process.getgid?.())
    await lchown(path, uid, gid);
  if (!stats.isSymbolicLink()) await chmod(path, newMode(stats, target));
  await lutimes(path, stats.atime, stats.mtime);
}

function newMode(stats: Stats, { mode }: CopyTarget): number {
  return mode?.(stats.mode, stats.isDirectory()) ?? stats.mode & 0o7777;
}

/** The path that a layer knows a file by. */
function belowRoot({ root }: CopyTarget, hostPath: string): string {
  return hostPath.slice(root.length + 1);
}

function inRoot({ root }: CopyTarget, hostPath: string): string {
  return toText(hostPath.slice(root.length));
}
