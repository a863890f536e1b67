import { createHash } from "node:crypto";
import { chmod, type FileHandle, lchown, link, lutimes, mkdir, open, rm, symlink } from "node:fs/promises";
import { EngineError } from "../error.ts";
import { plainBytes } from "../host/plain-bytes.ts";
import { decodeHeader, type TarEntry, type TarHeader } from "../snapshot/tar-codec.ts";
import { readTar } from "../snapshot/tar-reader.ts";
import { onDisk, partsOf, toText } from "./byte-path.ts";
import { kindOf, resolveInRoot } from "./in-root.ts";
import type { Owner } from "./owner.ts";
import { fileTasks, TaskPool } from "./task-pool.ts";

export interface UnpackTarget {
  /** Nothing is written outside of it: names and symlinks lead through it as if it were `/`. Byte path. */
  readonly root: string;
  /** Directory in the root that the archive's names start from; is made when missing. */
  readonly directory: string;
  /** `archive`: owners as the archive says; else all files belong to these. */
  readonly owner: "archive" | Owner;
  /** Of the directory when it has to be made; root's if not given. */
  readonly directoryOwner?: Owner;
  /** Is filled, by host path, with the digests (hex, "" of nothing) of files that no other name of the archive shares. */
  readonly digests?: Map<string, string>;
}

/** Files up to this size are read whole and written while the next are read. */
const smallFileBytes = 256 * 1024;

/** Writes an archive's files below a directory. Throws `invalid-argument` for what is no tar, leads outside, or is a device. */
export async function unpackArchive(
  source: AsyncIterable<Uint8Array>,
  target: UnpackTarget,
  signal: AbortSignal,
): Promise<void> {
  const directories: { readonly hostPath: string; readonly mtime: number }[] = [];
  const parents = new Map<string, string>();
  const pool = new TaskPool(fileTasks);
  const writing = new Set<string>();
  try {
    const owner = target.directoryOwner ?? target.owner;
    parents.set("", await directoryInRoot(target.root, target.directory, { owner }, signal));
    let sizeBytes = 0;
    const plain = withLastPadding(await plainBytes(source, signal), () => sizeBytes);
    for await (const entry of readTar(plain)) {
      signal.throwIfAborted();
      const { header } = entry;
      sizeBytes = header.sizeBytes;
      const parts = cleanName(header.name);
      const name = parts.pop();
      if (name === undefined) continue;
      const hostPath = `${await parentOf(parts.join("/"), parents, target, signal)}/${name}`;
      if (header.type === "file" && header.sizeBytes <= smallFileBytes) {
        const chunks: Buffer[] = [];
        for await (const chunk of entry.body) chunks.push(chunk);
        // An archive may hold a name twice; the later one wins.
        if (writing.has(hostPath)) await pool.drain();
        writing.add(hostPath);
        await pool.add(() => writeFile(header, chunks, hostPath, target));
        continue;
      }
      // All others may stand on files before them.
      await pool.drain();
      writing.clear();
      if ((await makeRoom(hostPath, header)) === "replaced") parents.clear();
      await writeEntry(entry, hostPath, target);
      if (header.type === "directory") directories.push({ hostPath, mtime: header.mtime });
    }
    await pool.drain();
  } finally {
    await pool.settle();
  }
  for (const { hostPath, mtime } of directories.reverse()) {
    if ((await kindOf(hostPath)) === "directory") await lutimes(onDisk(hostPath), mtime, mtime);
  }
}

/**
 * The archive with the zeros behind its last file, which `docker build -f` with a file from elsewhere leaves out (as of
 * 28.2). Nothing is added when the end comes anywhere else, so that an archive cut short is still found out.
 */
async function* withLastPadding(
  source: AsyncIterable<Uint8Array>,
  lastSizeBytes: () => number,
): AsyncGenerator<Uint8Array, void, void> {
  let total = 0;
  for await (const chunk of source) {
    total += chunk.length;
    yield chunk;
  }
  const over = total % 512;
  if (over !== 0 && over === lastSizeBytes() % 512) yield Buffer.alloc(512 - over);
}

async function parentOf(
  name: string,
  parents: Map<string, string>,
  target: UnpackTarget,
  signal: AbortSignal,
): Promise<string> {
  const known = parents.get(name);
  if (known !== undefined) return known;
  const hostPath = await directoryInRoot(target.root, `${target.directory}/${name}`, target, signal);
  parents.set(name, hostPath);
  return hostPath;
}

/** Does the file begin like a tar archive, packed or not? */
export async function isArchive(source: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<boolean> {
  let block = Buffer.alloc(0);
  try {
    for await (const chunk of await plainBytes(source, signal)) {
      block = Buffer.concat([block, chunk]);
      if (block.length >= 512) break;
    }
    return block.length >= 512 && decodeHeader(block.subarray(0, 512)) !== undefined;
  } catch {
    // What cannot be unpacked is a plain file.
    signal.throwIfAborted();
    return false;
  }
}

function cleanName(name: string): string[] {
  const parts: string[] = [];
  for (const part of partsOf(name)) {
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) {
      throw new EngineError("invalid-argument", `the archive's entry "${toText(name)}" points outside of it`);
    }
  }
  return parts;
}

/** The host path of a directory in the root, made with its parents when missing. */
export async function directoryInRoot(
  root: string,
  path: string,
  { owner }: Pick<UnpackTarget, "owner">,
  signal: AbortSignal,
): Promise<string> {
  const place = await resolveInRoot(root, path);
  if (place.kind === "directory") return place.hostPath;
  if (place.kind !== "missing") {
    throw new EngineError("invalid-argument", `"${toText(path)}" is not a directory`);
  }
  let hostPath = root;
  for (const part of place.path.split("/")) {
    signal.throwIfAborted();
    hostPath = `${hostPath}/${part}`;
    const kind = await kindOf(hostPath);
    if (kind === "directory") continue;
    if (kind !== "missing") {
      throw new EngineError("invalid-argument", `"${toText(path)}" lies below a file`);
    }
    await mkdir(onDisk(hostPath), 0o755);
    await chmod(onDisk(hostPath), 0o755);
    if (owner !== "archive") await lchown(onDisk(hostPath), owner.uid, owner.gid);
  }
  return hostPath;
}

/** Removes what stands where the entry goes, unless both are directories. */
async function makeRoom(hostPath: string, header: TarHeader): Promise<"new" | "kept" | "replaced"> {
  const kind = await kindOf(hostPath);
  if (kind === "missing") return "new";
  if (kind === "directory" && header.type === "directory") return "kept";
  await rm(onDisk(hostPath), { recursive: true, force: true });
  return "replaced";
}

async function writeEntry({ header, body }: TarEntry, hostPath: string, target: UnpackTarget): Promise<void> {
  const path = onDisk(hostPath);
  switch (header.type) {
    case "directory":
      await mkdir(path, { recursive: true });
      await setOwner(hostPath, header, target);
      await chmod(path, header.mode);
      return;
    case "symlink":
      await symlink(onDisk(header.linkname), path);
      await setOwner(hostPath, header, target);
      await lutimes(path, header.mtime, header.mtime);
      return;
    case "hardlink": {
      const linked = `${target.directory}/${cleanName(header.linkname).join("/")}`;
      const place = await resolveInRoot(target.root, linked, "keep");
      if (place.kind === "missing" || place.kind === "directory") {
        throw new EngineError(
          "invalid-argument",
          `the archive's hard link "${toText(header.name)}" goes to "${toText(header.linkname)}", which is no file in it`,
        );
      }
      target.digests?.delete(place.hostPath);
      return link(onDisk(place.hostPath), path);
    }
    case "file":
      return writeFile(header, body, hostPath, target);
    default:
      throw new EngineError(
        "invalid-argument",
        `the archive holds a ${header.type}: "${toText(header.name)}"`,
      );
  }
}

async function writeFile(
  header: TarHeader,
  body: AsyncIterable<Buffer> | readonly Buffer[],
  hostPath: string,
  target: UnpackTarget,
): Promise<void> {
  const file = await openNew(hostPath, header);
  const hash = target.digests === undefined ? undefined : createHash("sha256");
  try {
    for await (const chunk of body) {
      hash?.update(chunk);
      await file.writeFile(chunk);
    }
    if (hash !== undefined) target.digests?.set(hostPath, header.sizeBytes === 0 ? "" : hash.digest("hex"));
    const { uid, gid } = target.owner === "archive" ? header : target.owner;
    if (uid !== process.getuid?.() || gid !== process.getgid?.()) await file.chown(uid, gid);
    await file.chmod(header.mode);
    await file.utimes(header.mtime, header.mtime);
  } finally {
    await file.close();
  }
}

async function openNew(hostPath: string, header: TarHeader): Promise<FileHandle> {
  try {
    return await open(onDisk(hostPath), "wx", 0o600);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    await makeRoom(hostPath, header);
    return await open(onDisk(hostPath), "wx", 0o600);
  }
}

async function setOwner(hostPath: string, header: TarHeader, { owner }: UnpackTarget): Promise<void> {
  const { uid, gid } = owner === "archive" ? header : owner;
  await lchown(onDisk(hostPath), uid, gid);
}
