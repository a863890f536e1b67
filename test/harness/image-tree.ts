import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { extract, type Header } from "tar-stream";

const execute = promisify(execFile);

/** An image as `docker save` gives it: its config, and a line for each path of its file system. */
export interface SavedImage {
  readonly config: Readonly<Record<string, unknown>>;
  /** `/path` → kind, mode, owner and content as text. */
  readonly tree: ReadonlyMap<string, string>;
}

/** Reads an archive of `docker save` that holds one image. */
export async function readSavedImage(archive: string): Promise<SavedImage> {
  const directory = await mkdtemp(join(tmpdir(), "berth-saved-"));
  try {
    await execute("tar", ["-xf", archive, "-C", directory]);
    const manifest: readonly { readonly Config: string; readonly Layers: readonly string[] }[] = JSON.parse(
      await readFile(join(directory, "manifest.json"), "utf8"),
    );
    const [image] = manifest;
    if (image === undefined) throw new Error(`${archive} holds no image`);
    const tree = new Map<string, string>();
    for (const path of image.Layers) apply(tree, await readLayer(join(directory, path)));
    const config = JSON.parse(await readFile(join(directory, image.Config), "utf8"));
    return { config, tree };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Paths in the order of the archive; undefined marks a whiteout. */
type Layer = readonly (readonly [path: string, line: string | undefined])[];

async function readLayer(file: string): Promise<Layer> {
  const entries: [string, string | undefined][] = [];
  const lines = new Map<string, string>();
  const archive = extract();
  const isGzip = (await readStart(file)).equals(Buffer.from([0x1f, 0x8b]));
  if (isGzip) archive.end(gunzipSync(await readFile(file)));
  else createReadStream(file).pipe(archive);
  for await (const entry of archive) {
    const path = `/${entry.header.name.replace(/^(\.?\/)+/, "").replace(/\/$/, "")}`;
    const chunks: Uint8Array[] = [];
    for await (const chunk of entry as AsyncIterable<Uint8Array>) chunks.push(chunk);
    const name = basename(path);
    if (name === ".wh..wh..opq") entries.unshift([`${dirname(path)}/`, undefined]);
    else if (name.startsWith(".wh.")) entries.push([join(dirname(path), name.slice(4)), undefined]);
    else {
      const line = print(entry.header, Buffer.concat(chunks), lines);
      lines.set(path, line);
      entries.push([path, line]);
    }
  }
  return entries;
}

async function readStart(file: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of createReadStream(file, { end: 1 })) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function print(header: Header, content: Buffer, lines: ReadonlyMap<string, string>): string {
  const { type, linkname } = header;
  // A second name of a file looks like the first; that they are one file is told by `linked`.
  if (type === "link")
    return `${lines.get(`/${(linkname ?? "").replace(/^(\.?\/)+/, "")}`) ?? "dangling link"} linked`;
  const owner = `${header.uid ?? 0}:${header.gid ?? 0}`;
  const mode = ((header.mode ?? 0) & 0o7777).toString(8);
  // Names of owners are the host's business; capabilities and the like are the file's.
  const attributes = Object.entries(header.pax ?? {}).filter(([name]) => name.startsWith("SCHILY.xattr."));
  const more = attributes.map(([name, value]) => ` ${name}=${Buffer.from(value).toString("hex")}`).join("");
  switch (type) {
    case "directory":
      return `directory ${mode} ${owner}${more}`;
    case "symlink":
      return `symlink ${owner} -> ${linkname}`;
    case "file":
      return `file ${mode} ${owner} ${contentOf(content)}${more}`;
    default:
      return `${type} ${mode} ${owner} ${header.devmajor}:${header.devminor}`;
  }
}

function contentOf(content: Buffer): string {
  const text = content.toString("utf8");
  const isShort = content.length <= 200 && Buffer.from(text, "utf8").equals(content);
  if (isShort) return JSON.stringify(text);
  return `${content.length} bytes ${createHash("sha256").update(content).digest("hex").slice(0, 16)}`;
}

function apply(tree: Map<string, string>, layer: Layer): void {
  for (const [path, line] of layer) {
    if (path === "/") continue;
    if (line === undefined || !line.startsWith("directory")) {
      const below = path.endsWith("/") ? path : `${path}/`;
      for (const known of tree.keys()) if (known.startsWith(below)) tree.delete(known);
    }
    if (line === undefined) tree.delete(path);
    else tree.set(path, line);
  }
}
