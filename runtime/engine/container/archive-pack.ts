import { constants } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { EngineError } from "../error.ts";
import { heldPath, type Place, type RootedTree } from "../host/rooted-tree.ts";
import { encodeHeader, endOfArchive, padding, type TarHeader, type TarType } from "../snapshot/tar-codec.ts";

const blockBytes = 128 * 1024;

/**
 * A place of a tree, and all below it, as a tar archive; the first entry is called `name`. Sockets are left out. Owners are
 * numbers, extended attributes are not kept. Throws `conflict` when a file becomes shorter while it is read.
 */
export async function* packTree(
  tree: RootedTree,
  place: Place,
  name: string,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const seen = new Map<string, string>();
  yield* packPlace(tree, place, name, seen, signal);
  yield endOfArchive;
}

async function* packPlace(
  tree: RootedTree,
  place: Place,
  name: string,
  seen: Map<string, string>,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  signal.throwIfAborted();
  const { info } = place;
  const type = tarType(info);
  if (type === undefined) return;
  const key = `${info.dev}:${info.ino}`;
  const first = info.nlink > 1 && type !== "directory" ? seen.get(key) : undefined;
  if (first === undefined && info.nlink > 1 && type !== "directory") seen.set(key, name);
  const isFile = type === "file" && first === undefined;
  const isDevice = type === "block-device" || type === "character-device";
  const header: TarHeader = {
    name: type === "directory" && !name.endsWith("/") ? `${name}/` : name,
    type: first === undefined ? type : "hardlink",
    mode: info.mode & 0o7777,
    uid: info.uid,
    gid: info.gid,
    sizeBytes: isFile ? info.size : 0,
    mtime: Math.floor(info.mtimeMs / 1000),
    linkname: first ?? (type === "symlink" ? place.linkText : ""),
    ...(isDevice ? deviceNumbers(info.rdev) : { devMajor: 0, devMinor: 0 }),
    pax: new Map(),
  };
  yield encodeHeader(header, "pax");
  if (isFile) yield* packBody(place, info.size, signal);
  if (type !== "directory") return;
  // Through the descriptor: the directory that was looked at is the one that is listed.
  const names = await readdir(`${heldPath(place.handle)}/`, { encoding: "buffer" });
  for (const bytes of names.sort(Buffer.compare)) {
    const entry = bytes.toString("latin1");
    const child = await tree.child(place, entry);
    if (child === undefined) continue;
    try {
      yield* packPlace(tree, child, `${header.name}${entry}`, seen, signal);
    } finally {
      await child.close();
    }
  }
}

async function* packBody(place: Place, sizeBytes: number, signal: AbortSignal): AsyncGenerator<Buffer> {
  // The very file that was looked at, so it cannot be a pipe or device by now.
  await using file = await open(heldPath(place.handle), constants.O_RDONLY | constants.O_NONBLOCK);
  let position = 0;
  while (position < sizeBytes) {
    signal.throwIfAborted();
    const buffer = Buffer.allocUnsafe(Math.min(blockBytes, sizeBytes - position));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) {
      throw new EngineError("conflict", `cannot copy ${place.path}: it became shorter while it was read`);
    }
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
  yield padding(sizeBytes);
}

function tarType(info: Place["info"]): TarType | undefined {
  if (info.isFile()) return "file";
  if (info.isDirectory()) return "directory";
  if (info.isSymbolicLink()) return "symlink";
  if (info.isFIFO()) return "fifo";
  if (info.isCharacterDevice()) return "character-device";
  if (info.isBlockDevice()) return "block-device";
  return undefined;
}

/** Source: glibc's `gnu_dev_major` and `gnu_dev_minor`. */
function deviceNumbers(rdev: number): { devMajor: number; devMinor: number } {
  const id = BigInt(rdev);
  return {
    devMajor: Number(((id >> 8n) & 0xfffn) | ((id >> 32n) & ~0xfffn)),
    devMinor: Number((id & 0xffn) | ((id >> 12n) & 0xffff_ff00n)),
  };
}
