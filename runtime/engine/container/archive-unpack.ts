import { constants } from "node:fs";
import {
  chmod,
  chown,
  lchown,
  link,
  lutimes,
  mkdir,
  open,
  readdir,
  rmdir,
  symlink,
  unlink,
  utimes,
} from "node:fs/promises";
import { posix } from "node:path";
import { EngineError } from "../error.ts";
import { makeNode } from "../host/make-node.ts";
import { below, heldPath, type Place, type RootedTree } from "../host/rooted-tree.ts";
import { run } from "../host/run.ts";
import type { TarEntry, TarHeader } from "../snapshot/tar-codec.ts";

export interface UnpackOptions {
  /** A directory is not replaced by something else, nor the other way round. */
  readonly noOverwriteDirNonDir: boolean;
  /** Undefined: the owners the archive names. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
}

/**
 * Writes an archive's entries below a directory of a tree that other processes may change meanwhile: every file is made
 * below a directory that is held, and never by following a link. Throws `invalid-argument` for entries that do not fit
 * on what is there, `forbidden` on read-only mounts.
 */
export async function unpackInto(
  tree: RootedTree,
  directory: string,
  entries: AsyncIterable<TarEntry>,
  options: UnpackOptions,
  signal: AbortSignal,
): Promise<void> {
  const target = new UnpackTarget(tree, directory, options);
  try {
    for await (const entry of entries) {
      signal.throwIfAborted();
      await target.write(entry, signal);
    }
    await target.finish();
  } finally {
    await target.close();
  }
}

class UnpackTarget {
  readonly #tree: RootedTree;
  readonly #directory: string;
  readonly #options: UnpackOptions;
  /** Entries of one directory mostly follow each other: it is held from one to the next. */
  #parent: { readonly path: string; readonly place: Place } | undefined;
  /** Times of directories change with what is written in them: set at the end, as long as there are not too many. */
  readonly #times: { readonly path: string; readonly mtime: number }[] = [];

  constructor(tree: RootedTree, directory: string, options: UnpackOptions) {
    this.#tree = tree;
    this.#directory = directory;
    this.#options = options;
  }

  async write(entry: TarEntry, signal: AbortSignal): Promise<void> {
    const { header } = entry;
    const path = this.#inside(header.name);
    if (path === this.#inside("")) {
      if (header.type === "directory") await this.#dressPath(path, header);
      return;
    }
    const parent = await this.#hold(posix.dirname(path));
    if (parent.readOnly) throw readOnly(parent.path);
    const name = posix.basename(path);
    const merged = await this.#makeRoom(parent, name, header);
    if (!merged) await this.#make(parent, name, entry, signal);
    const made = await this.#tree.child(parent, name);
    if (made === undefined) return;
    try {
      if (header.type !== "hardlink") await this.#dress(parent, name, made, header);
    } finally {
      await made.close();
    }
    if (header.type === "directory") this.#times.push({ path, mtime: header.mtime });
  }

  async finish(): Promise<void> {
    for (const { path, mtime } of this.#times.reverse()) {
      const place = await this.#tree.resolve(path, "stay");
      if (place?.info.isDirectory()) await utimes(heldPath(place.handle), mtime, mtime);
      await place?.close();
    }
  }

  async close(): Promise<void> {
    await this.#parent?.place.close();
    this.#parent = undefined;
  }

  /** `..` does not lead above the directory. */
  #inside(name: string): string {
    return posix.join(this.#directory, posix.normalize(`/${name}`)).replace(/(?<=.)\/+$/, "");
  }

  async #hold(path: string): Promise<Place> {
    if (this.#parent?.path === path) return this.#parent.place;
    await this.close();
    const place = await makeDirectories(this.#tree, path);
    this.#parent = { path, place };
    return place;
  }

  /** Takes away what stands in the place; true when it is a directory that stays. */
  async #makeRoom(parent: Place, name: string, header: TarHeader): Promise<boolean> {
    const old = await this.#tree.child(parent, name);
    if (old === undefined) return false;
    try {
      const [wasDirectory, isDirectory] = [old.info.isDirectory(), header.type === "directory"];
      if (this.#options.noOverwriteDirNonDir && wasDirectory !== isDirectory) {
        throw new EngineError(
          "invalid-argument",
          isDirectory
            ? `cannot overwrite non-directory "${shown(old.path)}" with directory "${shown(header.name)}"`
            : `cannot overwrite directory "${shown(old.path)}" with non-directory "${shown(header.name)}"`,
        );
      }
      if (wasDirectory && isDirectory) return true;
      await removeEntry(this.#tree, parent, name, old);
      return false;
    } finally {
      await old.close();
    }
  }

  async #make(parent: Place, name: string, entry: TarEntry, signal: AbortSignal): Promise<void> {
    const { header } = entry;
    const path = below(parent.handle, name);
    switch (header.type) {
      case "file":
        return await writeBody(path, entry);
      case "directory":
        return await mkdir(path, 0o700);
      case "symlink":
        return await symlink(Buffer.from(header.linkname, "latin1"), path);
      case "hardlink":
        return await this.#makeLink(path, header);
      case "fifo":
      case "character-device":
      case "block-device":
        return await run(
          makeNode({ ...header, directory: parent.handle.fd, name, type: header.type }),
          signal,
        );
    }
  }

  async #makeLink(path: Buffer, header: TarHeader): Promise<void> {
    const target = this.#inside(header.linkname);
    const directory = await this.#tree.resolve(posix.dirname(target), "follow");
    try {
      if (directory === undefined || !directory.info.isDirectory()) {
        throw new EngineError(
          "invalid-argument",
          `invalid hardlink "${shown(header.name)}" -> "${shown(header.linkname)}"`,
        );
      }
      // link(2) does not follow a link in the last place.
      await link(below(directory.handle, posix.basename(target)), path);
    } finally {
      await directory?.close();
    }
  }

  async #dressPath(path: string, header: TarHeader): Promise<void> {
    const place = await this.#tree.resolve(path, "follow");
    if (place === undefined) return;
    try {
      if (place.readOnly) throw readOnly(place.path);
      await dressHeld(place, header, this.#options.owner ?? header);
    } finally {
      await place.close();
    }
    this.#times.push({ path: place.path, mtime: header.mtime });
  }

  async #dress(parent: Place, name: string, made: Place, header: TarHeader): Promise<void> {
    const owner = this.#options.owner ?? header;
    if (header.type !== "symlink") return await dressHeld(made, header, owner);
    // Both change the link itself, whatever it points to.
    await lchown(below(parent.handle, name), owner.uid, owner.gid);
    await lutimes(below(parent.handle, name), header.mtime, header.mtime);
  }
}

/** Owner, mode and time of what is held; a link that took its place meanwhile is left alone. */
async function dressHeld(
  place: Place,
  header: TarHeader,
  owner: { readonly uid: number; readonly gid: number },
): Promise<void> {
  if (place.info.isSymbolicLink()) return;
  const path = heldPath(place.handle);
  await chown(path, owner.uid, owner.gid);
  // After the owner: changing that takes setuid away.
  await chmod(path, header.mode & 0o7777);
  if (header.type !== "directory") await utimes(path, header.mtime, header.mtime);
}

async function writeBody(path: Buffer, entry: TarEntry): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  await using file = await open(path, flags, 0o600);
  for await (const chunk of entry.body) await file.writeFile(chunk);
}

/** The directory of a path, made with all above it where it is missing. */
async function makeDirectories(tree: RootedTree, path: string): Promise<Place> {
  const found = await tree.resolve(path, "follow");
  if (found !== undefined) {
    if (found.info.isDirectory()) return found;
    await found.close();
    throw new EngineError("invalid-argument", `cannot write below ${shown(path)}: it is not a directory`);
  }
  const parent = await makeDirectories(tree, posix.dirname(path));
  try {
    if (parent.readOnly) throw readOnly(parent.path);
    await mkdir(below(parent.handle, posix.basename(path)), 0o755).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
    const made = await tree.child(parent, posix.basename(path));
    if (made?.info.isDirectory()) return made;
    await made?.close();
    throw new EngineError("conflict", `cannot make directory ${shown(path)}: something else is in its place`);
  } finally {
    await parent.close();
  }
}

async function removeEntry(tree: RootedTree, parent: Place, name: string, old: Place): Promise<void> {
  const path = below(parent.handle, name);
  if (!old.info.isDirectory()) return await unlink(path).catch(ignoreGone);
  for (const bytes of await readdir(`${heldPath(old.handle)}/`, { encoding: "buffer" })) {
    const entry = bytes.toString("latin1");
    const child = await tree.child(old, entry);
    if (child === undefined) continue;
    try {
      await removeEntry(tree, old, entry, child);
    } finally {
      await child.close();
    }
  }
  await rmdir(path).catch(ignoreGone);
}

function ignoreGone(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}

function readOnly(path: string): EngineError {
  return new EngineError("forbidden", `cannot write to ${shown(path)}: it is on a read-only root or volume`);
}

function shown(path: string): string {
  return Buffer.from(path, "latin1").toString("utf8");
}
