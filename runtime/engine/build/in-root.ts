import { lstat, readlink } from "node:fs/promises";
import { EngineError } from "../error.ts";
import { onDisk, partsOf, toText } from "./byte-path.ts";

/** Where a path leads inside a root, all symlinks on the way followed as if the root were `/`. */
export interface PlaceInRoot {
  /** Path below the root, without symlinks; empty for the root itself. */
  readonly path: string;
  /** Path on the host. */
  readonly hostPath: string;
  readonly kind: "directory" | "file" | "symlink" | "other" | "missing";
}

const maxSymlinks = 255;

/**
 * Follows `path` inside `root` (both byte paths) part by part, so that neither `..` nor a symlink leads out of it. Parts
 * behind a missing one are taken as they are. `last: "keep"` does not follow a symlink that is the last part.
 * Nothing else may change the tree meanwhile. Throws `invalid-argument` for symlinks in a circle.
 */
export async function resolveInRoot(
  root: string,
  path: string,
  last: "follow" | "keep" = "follow",
): Promise<PlaceInRoot> {
  const left = partsOf(path);
  const done: string[] = [];
  let followed = 0;
  let kind: PlaceInRoot["kind"] = "directory";
  while (left.length > 0) {
    const part = left.shift() ?? "";
    if (part === "..") {
      done.pop();
      kind = "directory";
      continue;
    }
    done.push(part);
    if (kind === "missing") continue;
    kind = await kindOf(`${root}/${done.join("/")}`);
    if (kind !== "symlink" || (left.length === 0 && last === "keep")) continue;
    if (++followed > maxSymlinks) {
      throw new EngineError("invalid-argument", `too many symlinks in ${toText(path)}`);
    }
    const target = (await readlink(onDisk(`${root}/${done.join("/")}`), "buffer")).toString("latin1");
    done.pop();
    if (target.startsWith("/")) done.length = 0;
    left.unshift(...partsOf(target));
    kind = "directory";
  }
  const inside = done.join("/");
  return { path: inside, hostPath: inside === "" ? root : `${root}/${inside}`, kind };
}

/** What stands at a host path, symlinks not followed. */
export async function kindOf(hostPath: string): Promise<PlaceInRoot["kind"]> {
  try {
    const stats = await lstat(onDisk(hostPath));
    if (stats.isDirectory()) return "directory";
    if (stats.isFile()) return "file";
    return stats.isSymbolicLink() ? "symlink" : "other";
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return "missing";
    throw error;
  }
}
