import type { Stats } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { isMissing } from "../store/atomic-file.ts";

/** As `GET /containers/{id}/changes` tells it: 0 modified, 1 added, 2 deleted. */
export interface FileChange {
  readonly Path: string;
  readonly Kind: 0 | 1 | 2;
}

const maxChanges = 1_000_000;

/** Files that only stand there to be mounted over when a container starts: no change of its processes. */
const mountPoints = ["/etc/hostname", "/etc/hosts", "/etc/resolv.conf"];

/** What an upper directory says over the directories `lower` (topmost first), parents before what is in them. */
export async function listChanges(
  upper: string,
  lower: readonly string[],
  signal: AbortSignal,
): Promise<readonly FileChange[]> {
  const changes: FileChange[] = [];
  const visit = async (path: string): Promise<void> => {
    signal.throwIfAborted();
    // One character a byte: names of any encoding survive.
    const names = await readdir(onDisk(upper, path), { encoding: "latin1" });
    for (const name of names.sort()) {
      const at = `${path}/${name}`;
      const stats = await statOf(upper, at);
      if (stats === undefined) continue; // gone since
      if (changes.length >= maxChanges) throw new Error(`more than ${maxChanges} changed files`);
      const Path = Buffer.from(at, "latin1").toString("utf8");
      const before = changes.length;
      if (isWhiteout(stats)) changes.push({ Path, Kind: 2 });
      else if (!isMountPoint(at, stats) || (await isBelow(lower, at))) {
        changes.push({ Path, Kind: (await isBelow(lower, at)) ? 0 : 1 });
      }
      if (!stats.isDirectory()) continue;
      await visit(at);
      // Nothing but mount points was made in there.
      const isOnlyTheirs = at === "/etc" && changes.length === before + 1 && changes.at(-1)?.Kind === 0;
      if (isOnlyTheirs && (await hasMountPoint(upper))) changes.pop();
    }
  };
  await visit("");
  return changes;
}

function isMountPoint(path: string, stats: Stats): boolean {
  return mountPoints.includes(path) && stats.isFile() && stats.size === 0;
}

async function hasMountPoint(upper: string): Promise<boolean> {
  for (const path of mountPoints) if ((await statOf(upper, path)) !== undefined) return true;
  return false;
}

/** The topmost layer that says something of the path, or of a directory it would be in, decides. */
/** Does a path (from the root) exist in directories of which the earlier cover the later? */
export async function isBelow(lower: readonly string[], path: string): Promise<boolean> {
  const parts = path.split("/").slice(1);
  for (const directory of lower) {
    let at = "";
    for (const [index, part] of parts.entries()) {
      at += `/${part}`;
      const stats = await statOf(directory, at);
      if (stats === undefined) break;
      if (isWhiteout(stats)) return false;
      if (index === parts.length - 1) return true;
      if (!stats.isDirectory()) return false;
    }
  }
  return false;
}

function isWhiteout(stats: Stats): boolean {
  return stats.isCharacterDevice() && stats.rdev === 0;
}

async function statOf(root: string, path: string): Promise<Stats | undefined> {
  try {
    return await lstat(onDisk(root, path));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function onDisk(root: string, path: string): Buffer {
  return Buffer.concat([Buffer.from(root), Buffer.from(path, "latin1")]);
}
