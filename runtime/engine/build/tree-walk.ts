import { createHash } from "node:crypto";
import { createReadStream, lstatSync, readdirSync, type Stats } from "node:fs";
import { readFile, readlink } from "node:fs/promises";
import { onDisk } from "./byte-path.ts";
import { fileTasks, TaskPool } from "./task-pool.ts";
import { Turns } from "./turns.ts";

/** One file of a tree. */
export interface TreeEntry {
  /** Byte path below the tree's top; empty for the top itself. */
  readonly path: string;
  readonly hostPath: string;
  readonly stats: Stats;
}

/** Is what stands at this byte path below the tree's top, with all below it, to be passed over? */
export type LeavesOut = (path: string) => boolean;

const nothing: LeavesOut = () => false;

/** The top and everything below it, parents first, names sorted by bytes; symlinks are entries, not followed. */
export async function* walkTree(
  hostPath: string,
  signal: AbortSignal,
  leavesOut: LeavesOut = nothing,
): AsyncGenerator<TreeEntry, void, void> {
  const waiting = [{ path: "", hostPath }];
  const turns = new Turns();
  signal.throwIfAborted();
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    await turns.next(signal);
    const stats = lstatSync(onDisk(next.hostPath));
    yield { ...next, stats };
    if (!stats.isDirectory()) continue;
    const names = readdirSync(onDisk(next.hostPath), "buffer").map((name) => name.toString("latin1"));
    for (const name of names.sort().reverse()) {
      const path = next.path === "" ? name : `${next.path}/${name}`;
      if (!leavesOut(path)) waiting.push({ path, hostPath: `${next.hostPath}/${name}` });
    }
  }
}

/** What of a file's ownership counts for its digest: nothing (it is set by the copy), or all of it. */
export type OwnershipDigest = "ignore" | "include";

/**
 * A digest (hex) of names, kinds, modes, link targets and contents of a tree; times do not count. Changed content gives
 * another digest, and the same content the same one on any machine. `known` has digests of files by host path.
 */
export async function digestTree(
  hostPath: string,
  ownership: OwnershipDigest,
  signal: AbortSignal,
  leavesOut: LeavesOut = nothing,
  known: ReadonlyMap<string, string> = new Map(),
): Promise<string> {
  const lines: string[] = [];
  const pool = new TaskPool(fileTasks);
  try {
    for await (const { path, hostPath: entryPath, stats } of walkTree(hostPath, signal, leavesOut)) {
      const owner = ownership === "include" ? [stats.uid, stats.gid] : [];
      const digest = stats.isFile() ? known.get(entryPath) : undefined;
      const print = (content: string) => JSON.stringify([path, stats.mode, ...owner, content]);
      const index = lines.push(print(digest ?? "")) - 1;
      if (digest !== undefined || stats.isDirectory()) continue;
      await pool.add(async () => {
        lines[index] = print(await digestContent(entryPath, stats, signal));
      });
    }
    await pool.drain();
  } finally {
    await pool.settle();
  }
  const hash = createHash("sha256");
  for (const line of lines) hash.update(`${line}\n`);
  return hash.digest("hex");
}

/** Larger files are read piece by piece. */
const wholeFileBytes = 1024 * 1024;

/** Not for directories. An empty file has no digest but "". */
async function digestContent(hostPath: string, stats: Stats, signal: AbortSignal): Promise<string> {
  if (stats.isSymbolicLink()) return (await readlink(onDisk(hostPath), "buffer")).toString("latin1");
  if (!stats.isFile()) return String(stats.rdev);
  if (stats.size === 0) return "";
  const hash = createHash("sha256");
  if (stats.size <= wholeFileBytes) hash.update(await readFile(onDisk(hostPath), { signal }));
  else for await (const chunk of createReadStream(onDisk(hostPath), { signal })) hash.update(chunk);
  return hash.digest("hex");
}
