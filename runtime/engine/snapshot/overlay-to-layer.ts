import { encodeHeader, endOfArchive, padding, type TarEntry, type TarHeader } from "./tar-codec.ts";

/**
 * Rewrites a tar archive of an overlayfs upper directory (names `./…`) into an OCI layer: devices 0:0 become whiteouts,
 * opaque directories get a marker when `isBelow` says that the layers below hold such a directory. The root itself is
 * left out. `onEntry` is called for each entry written, so that an empty layer can be told.
 */
export async function* overlayToLayer(
  entries: AsyncIterable<TarEntry>,
  isBelow: (path: string) => Promise<boolean>,
  onEntry: () => void,
): AsyncGenerator<Buffer, void, void> {
  const whiteouts = new Set<string>();
  for await (const { header, body } of entries) {
    const path = header.name.replace(/^\.?\/+/, "").replace(/\/+$/, "");
    if (path === "" || path === ".") continue;
    onEntry();
    const linked = header.linkname.replace(/^\.?\/+/, "");
    // The kernel shares one inode between whiteouts, so that later ones look like hard links to the first.
    if (isWhiteout(header) || (header.type === "hardlink" && whiteouts.has(linked))) {
      whiteouts.add(path);
      yield encodeHeader(markerHeader(header, besides(path, `.wh.${lastPart(path)}`)), "pax");
      continue;
    }
    yield encodeHeader(
      {
        ...header,
        name: header.type === "directory" ? `${path}/` : path,
        linkname: header.type === "hardlink" ? linked : header.linkname,
        pax: withoutOverlay(header.pax),
      },
      "pax",
    );
    if (header.type === "file") {
      yield* body;
      yield padding(header.sizeBytes);
    }
    if (header.pax.get("SCHILY.xattr.trusted.overlay.opaque") === "y" && (await isBelow(path))) {
      yield encodeHeader(markerHeader(header, `${path}/.wh..wh..opq`), "pax");
    }
  }
  yield endOfArchive;
}

function isWhiteout(header: TarHeader): boolean {
  return header.type === "character-device" && header.devMajor === 0 && header.devMinor === 0;
}

function markerHeader(like: TarHeader, name: string): TarHeader {
  return {
    name,
    type: "file",
    mode: 0,
    uid: 0,
    gid: 0,
    sizeBytes: 0,
    mtime: like.mtime,
    linkname: "",
    devMajor: 0,
    devMinor: 0,
    pax: new Map(),
  };
}

function withoutOverlay(pax: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...pax].filter(([key]) => !key.startsWith("SCHILY.xattr.trusted.")));
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function besides(path: string, name: string): string {
  return `${path.slice(0, path.length - lastPart(path).length)}${name}`;
}
