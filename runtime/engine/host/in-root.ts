import { constants } from "node:fs";
import { type FileHandle, open, readlink } from "node:fs/promises";

const maxLinks = 40;
/** O_PATH: a place in the tree, nothing opened for reading. Not among Node's constants. */
const openPath = 0o10000000;

/**
 * Opens a path as a process in `root` would see it: symbolic links lead nowhere else, whatever runs in there meanwhile.
 * Each step goes through the descriptor of its parent. Undefined when there is nothing.
 */
export async function openInRoot(root: string, path: string): Promise<FileHandle | undefined> {
  const handles: FileHandle[] = [await open(root, openPath | constants.O_DIRECTORY)];
  const pending = path.split("/").filter((part) => part !== "" && part !== ".");
  let links = 0;
  try {
    for (let part = pending.shift(); part !== undefined; part = pending.shift()) {
      if (part === "..") {
        if (handles.length > 1) await handles.pop()?.close();
        continue;
      }
      const here = descriptorPath(handles.at(-1)!);
      const next = await open(`${here}/${part}`, openPath | constants.O_NOFOLLOW).catch(ignoreAbsent);
      if (next === undefined) return undefined;
      const info = await next.stat();
      if (!info.isSymbolicLink()) {
        handles.push(next);
        continue;
      }
      await next.close();
      if (++links > maxLinks) return undefined;
      const target = await readlink(`${here}/${part}`).catch(ignoreAbsent);
      if (target === undefined) return undefined;
      if (target.startsWith("/")) for (const handle of handles.splice(1)) await handle.close();
      pending.unshift(...target.split("/").filter((piece) => piece !== "" && piece !== "."));
    }
    return handles.pop();
  } finally {
    for (const handle of handles) await handle.close();
  }
}

/** A path for this and other processes of the host that leads to exactly what the handle holds. */
export function descriptorPath(handle: FileHandle): string {
  return `/proc/${process.pid}/fd/${handle.fd}`;
}

/** A regular file's text, read in `root`; undefined when there is none or it is larger than `limitBytes`. */
export async function readFileInRoot(
  root: string,
  path: string,
  limitBytes: number,
): Promise<string | undefined> {
  const place = await openInRoot(root, path);
  if (place === undefined) return undefined;
  try {
    const info = await place.stat();
    if (!info.isFile() || info.size > limitBytes) return undefined;
    await using file = await open(descriptorPath(place), constants.O_RDONLY | constants.O_NONBLOCK);
    const buffer = Buffer.alloc(limitBytes);
    const { bytesRead } = await file.read(buffer, 0, limitBytes, 0);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await place.close();
  }
}

function ignoreAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT" || error.code === "ENOTDIR" || error.code === "EINVAL") return undefined;
  throw error;
}
