import { createReadStream } from "node:fs";
import { lstat, opendir, readlink } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Pack, pack } from "tar-stream";

export interface ContextOptions {
  /**
   * True for a path (relative, `/` between its parts) that `.dockerignore` leaves out.
   * A later `!` line may bring a file of a left-out directory back.
   */
  readonly ignore: (path: string) => boolean;
  /** True for a left-out directory below which something may be kept; without it every directory is walked. */
  readonly mayKeepBelow?: (path: string) => boolean;
  /** A file that is sent although it is not in the directory: a Dockerfile from elsewhere. */
  readonly extraFile?: { readonly name: string; readonly content: Buffer };
  readonly signal: AbortSignal;
}

/**
 * A build context as a tar stream, produced as it is read. Symbolic links stay links and files keep their mode;
 * owner and group are root, so that the builder's cache does not depend on who builds. Sockets are left out.
 * Throws the file system's error when something of it cannot be read.
 */
export async function* packContext(directory: string, options: ContextOptions): AsyncGenerator<Uint8Array> {
  const tar = pack();
  // The walk ends by itself: of an entry of a destroyed archive tar-stream says nothing more.
  fill(tar, directory, options).then(
    () => tar.finalize(),
    (error: unknown) => {
      tar.destroy(error instanceof Error ? error : new Error(String(error)));
    },
  );
  try {
    for await (const chunk of tar as AsyncIterable<Buffer>) {
      options.signal.throwIfAborted();
      yield chunk;
    }
  } finally {
    tar.destroy();
  }
}

async function fill(tar: Pack, directory: string, options: ContextOptions): Promise<void> {
  const { extraFile, ignore, mayKeepBelow = () => true } = options;
  if (extraFile !== undefined) tar.entry({ name: extraFile.name, mode: 0o644 }, extraFile.content);
  const descend = (path: string) => !ignore(path) || mayKeepBelow(path);
  for await (const path of walk(directory, "", descend)) {
    options.signal.throwIfAborted();
    if (tar.destroyed) return;
    if (!ignore(path)) await add(tar, directory, path);
  }
}

/** Every path below `directory`, parents first, in the order of their names. */
async function* walk(
  directory: string,
  prefix: string,
  descend: (path: string) => boolean,
): AsyncGenerator<string> {
  const names: { name: string; isDirectory: boolean }[] = [];
  for await (const entry of await opendir(join(directory, prefix))) {
    names.push({ name: entry.name, isDirectory: entry.isDirectory() });
  }
  names.sort((left, right) => (left.name < right.name ? -1 : 1));
  for (const { name, isDirectory } of names) {
    const path = prefix === "" ? name : `${prefix}/${name}`;
    yield path;
    if (isDirectory && descend(path)) yield* walk(directory, path, descend);
  }
}

async function add(tar: Pack, directory: string, path: string): Promise<void> {
  const file = join(directory, path);
  const stat = await lstat(file);
  const header = { name: path, mode: stat.mode & 0o7777, mtime: stat.mtime, uid: 0, gid: 0 };
  if (stat.isDirectory()) return await entry(tar, { ...header, name: `${path}/`, type: "directory" });
  if (stat.isSymbolicLink()) {
    return await entry(tar, { ...header, type: "symlink", linkname: await readlink(file) });
  }
  if (!stat.isFile()) return;
  await fileEntry(tar, { ...header, type: "file", size: stat.size }, file);
}

type Header = Parameters<Pack["entry"]>[0];

function entry(tar: Pack, header: Header): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: Error | null) => (error ? reject(error) : resolve());
    // An empty file has a body, an empty one: without it tar-stream would wait for it.
    if (header.type === "file") tar.entry(header, Buffer.alloc(0), done);
    else tar.entry(header, done);
  });
}

async function fileEntry(tar: Pack, header: Header, file: string): Promise<void> {
  if (header.size === 0) return await entry(tar, header);
  const sink = tar.entry(header);
  // A file that grows while it is read must not break the archive: no more than the announced bytes are sent.
  const source: Readable = createReadStream(file, { end: (header.size ?? 0) - 1 });
  await pipeline(source, sink);
}
