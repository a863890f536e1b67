import { createReadStream, createWriteStream } from "node:fs";
import { chmod, lstat, mkdir, readdir, readlink, rm, stat, symlink, utimes } from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { extract, type Header, type Pack, pack } from "tar-stream";

/** A file or directory of this machine as a tar archive whose first entry is called `name`. */
export async function* packPath(path: string, name: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const tar = pack();
  addPath(tar, path, name, signal).then(
    () => tar.finalize(),
    (error: unknown) => tar.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  try {
    yield* tar as AsyncIterable<Buffer>;
  } finally {
    tar.destroy();
  }
}

async function addPath(tar: Pack, path: string, name: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (tar.destroyed) return;
  const info = await lstat(path);
  const header = { name, mode: info.mode & 0o7777, mtime: info.mtime, uid: info.uid, gid: info.gid };
  if (info.isSymbolicLink()) {
    tar.entry({ ...header, type: "symlink", linkname: await readlink(path) });
  } else if (info.isDirectory()) {
    tar.entry({ ...header, name: `${name}/`, type: "directory" });
    for (const entry of (await readdir(path)).sort()) {
      await addPath(tar, join(path, entry), `${name}/${entry}`, signal);
    }
  } else if (info.isFile()) {
    if (info.size === 0) {
      // With an empty body: without any tar-stream would wait for one.
      tar.entry({ ...header, type: "file" }, Buffer.alloc(0));
      return;
    }
    // A file that grows meanwhile is copied as long as it was.
    const body = createReadStream(path, { end: info.size - 1 });
    await pipeline(body, tar.entry({ ...header, type: "file", size: info.size }), { signal });
  }
}

/**
 * Writes an archive's entries to `target`, which takes the place of the first part of their names. Nothing is written
 * through a symbolic link: an archive cannot lead elsewhere. Devices and pipes are left out.
 */
export async function unpackTo(
  archive: AsyncIterable<Uint8Array>,
  target: string,
  signal: AbortSignal,
): Promise<void> {
  const tar = extract();
  const feeding = pipeline(Readable.from(archive, { objectMode: false }), tar, { signal });
  // Its failure comes out of the entries, too; who reads them tells it.
  feeding.catch(() => {});
  const directories: { readonly path: string; readonly mtime: Date | undefined; readonly mode: number }[] =
    [];
  for await (const entry of tar) {
    const path = placeOf(entry.header.name, target);
    if (path !== target) await requireNoLink(target, dirname(path));
    const { mode = 0o644, mtime } = entry.header;
    if (entry.header.type === "directory") {
      if (!(await stat(path).catch(() => undefined))?.isDirectory()) await mkdir(path, { recursive: true });
      directories.push({ path, mtime, mode });
    } else {
      await writeEntry(entry, entry.header, path, target, signal);
    }
    entry.resume();
  }
  await feeding;
  // Last: a directory may be one that its owner cannot write to.
  for (const { path, mtime, mode } of directories.reverse()) {
    await chmod(path, mode);
    if (mtime !== undefined) await utimes(path, mtime, mtime);
  }
}

async function writeEntry(
  body: AsyncIterable<unknown>,
  header: Header,
  path: string,
  target: string,
  signal: AbortSignal,
): Promise<void> {
  const { type, mode = 0o644, mtime, linkname } = header;
  if (type !== "file" && type !== "symlink" && type !== "link") return;
  await rm(path, { force: true, recursive: false });
  if (type === "symlink") return await symlink(linkname ?? "", path);
  const source = type === "link" ? createReadStream(placeOf(linkname ?? "", target)) : body;
  await pipeline(source, createWriteStream(path, { flags: "wx" }), { signal });
  await chmod(path, mode & 0o777);
  if (mtime !== undefined) await utimes(path, mtime, mtime);
}

function placeOf(name: string, target: string): string {
  const [, ...rest] = name
    .replace(/^\/+/, "")
    .split("/")
    .filter((part) => part !== "");
  if (rest.includes("..")) throw new Error(`the archive's entry ${JSON.stringify(name)} leads outside`);
  return join(target, ...rest);
}

async function requireNoLink(target: string, path: string): Promise<void> {
  for (let at = path; at.startsWith(target + sep); at = dirname(at)) {
    const info = await lstat(at).catch(() => undefined);
    if (info?.isSymbolicLink())
      throw new Error(`cannot write to ${path}: ${basename(at)} is a symbolic link`);
  }
}
