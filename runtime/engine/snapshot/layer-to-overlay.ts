import { LayerPaths } from "./layer-paths.ts";
import {
  encodeHeader,
  endOfArchive,
  malformed,
  padding,
  type TarEntry,
  type TarHeader,
} from "./tar-codec.ts";

/** Attributes of a directory that a layer uses without holding it. */
export interface DirectoryAttributes {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
}

export interface UnpackLimits {
  readonly entries: number;
  readonly pathBytes: number;
}

export const unpackLimits: UnpackLimits = { entries: 1_000_000, pathBytes: 4096 };

const whiteoutPrefix = ".wh.";
const opaqueMarker = ".wh..wh..opq";
/** Other names starting so are bookkeeping of aufs and mean nothing. */
const aufsPrefix = ".wh..wh.";
const opaqueRecord = "SCHILY.xattr.trusted.overlay.opaque";
const xattrPrefix = "SCHILY.xattr.";

/**
 * Rewrites an OCI layer into a tar archive that, extracted into an empty directory, gives a lower directory of overlayfs:
 * whiteouts become devices 0:0, opaque markers an extended attribute of their directory. All names are below the root:
 * symlinks that the layer itself holds are followed inside the root here, so that the extracting program meets none.
 * Directories that the layer only implies, its root too, take the attributes `lower` knows of the layers below.
 * Throws `invalid-argument` for a layer that points outside of its root or passes `limits`.
 * Sources: OCI image-spec v1.1, layer.md, "Whiteouts"; kernel Documentation/filesystems/overlayfs.rst.
 */
export async function* layerToOverlay(
  entries: AsyncIterable<TarEntry>,
  lower: (path: string) => Promise<DirectoryAttributes | undefined>,
  limits: UnpackLimits = unpackLimits,
): AsyncGenerator<Buffer, void, void> {
  const paths = new LayerPaths();
  const directories = new Map<string, TarHeader>();
  const opaque = new Set<string>();
  let count = 0;

  async function* parentsOf(path: string): AsyncGenerator<Buffer, void, void> {
    for (const parent of paths.missingParents(path)) {
      const header = directoryHeader(parent, (await lower(parent)) ?? freshDirectory);
      paths.add(parent, { kind: "directory" });
      directories.set(parent, header);
      yield encodeHeader(header, "gnu");
    }
  }

  for await (const { header, body } of entries) {
    count += 1;
    if (count > limits.entries) throw malformed(`it has more than ${limits.entries} entries`);
    if (header.name.length > limits.pathBytes || header.linkname.length > limits.pathBytes) {
      throw malformed(`an entry has a path longer than ${limits.pathBytes} bytes`);
    }
    const path = paths.place(header.name);
    const name = path.slice(path.lastIndexOf("/") + 1);
    if (name === opaqueMarker) {
      const directory = path.slice(0, -opaqueMarker.length - 1);
      yield* parentsOf(path);
      opaque.add(directory);
      continue;
    }
    if (name.startsWith(aufsPrefix)) continue;
    if (name.startsWith(whiteoutPrefix)) {
      const hidden = whiteoutTarget(path, name);
      const known = paths.get(hidden);
      // A whiteout speaks of the layers below only: what this layer adds stays, but hides what was there.
      if (known?.kind === "directory") opaque.add(hidden);
      if (known !== undefined) continue;
      yield* parentsOf(hidden);
      paths.add(hidden, { kind: "whiteout" });
      yield encodeHeader(whiteoutHeader(hidden, header.mtime), "gnu");
      continue;
    }
    yield* parentsOf(path);
    const placed = placedHeader(header, path, paths);
    if (placed.type === "directory") {
      if (paths.get(path)?.kind === "whiteout") opaque.add(path);
      directories.set(path, placed);
    }
    paths.add(path, paths.kindOf(placed));
    yield encodeHeader(placed, "gnu");
    if (placed.type === "file") {
      yield* body;
      yield padding(placed.sizeBytes);
    }
  }
  if (!directories.has("")) {
    const attributes = await lower("");
    if (attributes !== undefined) yield encodeHeader(directoryHeader("", attributes), "gnu");
  }
  for (const path of opaque) {
    yield* parentsOf(`${path}/x`);
    const header = directories.get(path);
    if (header === undefined) continue;
    yield encodeHeader({ ...header, pax: new Map([...header.pax, [opaqueRecord, "y"]]) }, "gnu");
  }
  yield endOfArchive;
}

const freshDirectory: DirectoryAttributes = { mode: 0o755, uid: 0, gid: 0, mtime: 0 };

function placedHeader(header: TarHeader, path: string, paths: LayerPaths): TarHeader {
  const name = path === "" ? "./" : `./${path}${header.type === "directory" ? "/" : ""}`;
  const linkname = header.type === "hardlink" ? `./${paths.linkTarget(header)}` : header.linkname;
  if (header.type === "symlink" && linkname === "")
    throw malformed(`symlink ${JSON.stringify(path)} has no target`);
  return { ...header, name, linkname, pax: acceptedRecords(header.pax) };
}

/** File capabilities and user attributes are content; `trusted.*` would steer overlayfs, other `security.*` the host. */
function acceptedRecords(pax: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map(
    [...pax].filter(([key]) => {
      if (!key.startsWith(xattrPrefix)) return false;
      const name = key.slice(xattrPrefix.length);
      return (
        name === "security.capability" || (name.startsWith("user.") && !name.startsWith("user.overlay."))
      );
    }),
  );
}

function whiteoutTarget(path: string, name: string): string {
  const hidden = name.slice(whiteoutPrefix.length);
  if (hidden === "" || hidden === "." || hidden === "..")
    throw malformed(`whiteout ${JSON.stringify(path)} hides nothing`);
  return `${path.slice(0, path.length - name.length)}${hidden}`;
}

function whiteoutHeader(path: string, mtime: number): TarHeader {
  return {
    name: `./${path}`,
    type: "character-device",
    mode: 0,
    uid: 0,
    gid: 0,
    sizeBytes: 0,
    mtime,
    linkname: "",
    devMajor: 0,
    devMinor: 0,
    pax: new Map(),
  };
}

function directoryHeader(path: string, attributes: DirectoryAttributes): TarHeader {
  return {
    name: path === "" ? "./" : `./${path}/`,
    type: "directory",
    sizeBytes: 0,
    linkname: "",
    devMajor: 0,
    devMinor: 0,
    pax: new Map(),
    ...attributes,
  };
}
