import { posix } from "node:path";
import type { PathStat } from "../../api/types/archive.ts";
import { EngineError } from "../error.ts";
import { plainBytes } from "../host/plain-bytes.ts";
import { bytesOf, type Place, type RootedTree } from "../host/rooted-tree.ts";
import type { ContainerBackend } from "../http/backend.ts";
import { readTar } from "../snapshot/tar-reader.ts";
import { packTree } from "./archive-pack.ts";
import { unpackInto } from "./archive-unpack.ts";
import { openContainerTree } from "./container-tree.ts";
import { goFileMode } from "./path-stat.ts";
import type { ContainerRecord } from "./record.ts";
import type { Room } from "./room.ts";
import { userIn } from "./start.ts";

type Archive = Pick<ContainerBackend, "statPath" | "readArchive" | "writeArchive">;

/** Copying files out of and into containers, running or not. */
export function createArchive(room: Room): Archive {
  const statPath: Archive["statPath"] = async (name, path, signal) => {
    const record = room.table.get(name);
    await using opened = await openContainerTree(room, record, signal);
    const place = await find(opened.tree, record, path);
    try {
      return await describePlace(opened.tree, place, path);
    } finally {
      await place.close();
    }
  };

  const readArchive: Archive["readArchive"] = async (name, path, signal) => {
    const record = room.table.get(name);
    const opened = await openContainerTree(room, record, signal);
    let place: Place | undefined;
    const close = async () => {
      await place?.close();
      await opened[Symbol.asyncDispose]();
    };
    try {
      place = await find(opened.tree, record, path);
      const stat = await describePlace(opened.tree, place, path);
      const chunks = packTree(opened.tree, place, entryName(path), signal);
      return { stat, chunks: closingAfter(chunks, close, signal) };
    } catch (error) {
      await close();
      throw error;
    }
  };

  const writeArchive: Archive["writeArchive"] = async (name, path, archive, options, signal) => {
    const record = room.table.get(name);
    await using opened = await openContainerTree(room, record, signal);
    const { tree } = opened;
    const directory = await find(tree, record, path.endsWith("/") ? path : `${path}/`);
    try {
      if (!directory.info.isDirectory()) {
        throw new EngineError("invalid-argument", "extraction point is not a directory");
      }
      if (directory.readOnly) {
        throw new EngineError("forbidden", "container rootfs or volume is marked read-only");
      }
      const { User } = record.document.config;
      const owner = options.copyUidGid && User ? await userIn(tree.rootPath, User, []) : undefined;
      await unpackInto(
        tree,
        directory.path,
        readTar(await plainBytes(archive, signal)),
        { noOverwriteDirNonDir: options.noOverwriteDirNonDir, owner },
        signal,
      );
    } catch (error) {
      throw inWords(error, path);
    } finally {
      await directory.close();
    }
  };

  return { statPath, readArchive, writeArchive };
}

/** The kernel's refusals are expected here: full disks, read-only mounts, mount points that cannot be replaced. */
function inWords(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  const kind = code === undefined ? undefined : refusals[code];
  if (kind === undefined || !(error instanceof Error)) return error;
  return new EngineError(kind, `cannot copy to ${path}: ${error.message.replace(/, .*$/, "")}`, {
    cause: error,
  });
}

const refusals: Readonly<Record<string, "forbidden" | "conflict" | "invalid-argument" | "unavailable">> = {
  EROFS: "forbidden",
  EPERM: "forbidden",
  EACCES: "forbidden",
  EBUSY: "conflict",
  ENOTEMPTY: "conflict",
  EEXIST: "conflict",
  ENOENT: "conflict",
  ELOOP: "conflict",
  ENOTDIR: "conflict",
  ENAMETOOLONG: "invalid-argument",
  ENOSPC: "unavailable",
  EDQUOT: "unavailable",
};

/** A link is followed only where the path says that it means a directory. */
async function find(tree: RootedTree, record: ContainerRecord, path: string): Promise<Place> {
  if (path.includes("\0")) throw new EngineError("invalid-argument", "a path cannot hold a zero byte");
  const place = await tree.resolve(bytesOf(path), /\/\.?$/.test(path) ? "follow" : "stay");
  if (place === undefined) {
    throw new EngineError("not-found", `Could not find the file ${path} in container ${record.id}`);
  }
  return place;
}

/** What the first entry of an archive is called: as the path was asked for, not where links lead. */
function entryName(path: string): string {
  if (/(^|\/)\.$/.test(path)) return ".";
  const base = bytesOf(posix.basename(posix.normalize(`/${path}`)));
  return base === "" ? "/" : base;
}

async function describePlace(tree: RootedTree, place: Place, path: string): Promise<PathStat> {
  const { info } = place;
  let linkTarget = "";
  if (info.isSymbolicLink()) {
    // Clients ask where the link leads; an end that is missing is told as it is written.
    const end = await tree.resolve(place.path, "follow");
    const text = end?.path ?? posix.resolve(posix.dirname(place.path), place.linkText);
    linkTarget = Buffer.from(text, "latin1").toString("utf8");
    await end?.close();
  }
  return {
    name: Buffer.from(entryName(path), "latin1").toString("utf8"),
    size: info.size,
    mode: goFileMode(info),
    mtime: info.mtime.toISOString(),
    linkTarget,
  };
}

/** Gives the resources back at the end of the stream, or when its reader is gone before it began. */
function closingAfter(
  chunks: AsyncIterable<Buffer>,
  close: () => Promise<void>,
  signal: AbortSignal,
): AsyncIterable<Buffer> {
  let isBegun = false;
  const closeUnread = () => {
    if (!isBegun) void close().catch(() => {});
    isBegun = true;
  };
  signal.addEventListener("abort", closeUnread, { once: true });
  async function* all(): AsyncGenerator<Buffer> {
    signal.throwIfAborted();
    isBegun = true;
    signal.removeEventListener("abort", closeUnread);
    try {
      yield* chunks;
    } finally {
      await close();
    }
  }
  return all();
}
