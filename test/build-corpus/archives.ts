import { execFileSync } from "node:child_process";
import { gzipSync } from "node:zlib";

/** An entry of an archive for ADD; a name with a slash at its end is a directory. */
export interface ArchiveEntry {
  readonly name: string;
  readonly content?: string;
  readonly link?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

/** A ustar archive whose bytes depend on nothing but the entries. Names are taken as they are, hostile ones too. */
export function tarFile(entries: readonly ArchiveEntry[], compression?: "gzip" | "bzip2" | "xz"): Buffer {
  const archive = Buffer.concat([...entries.map(entryBytes), Buffer.alloc(1024)]);
  if (compression === undefined) return archive;
  if (compression === "gzip") return gzipSync(archive);
  return execFileSync(compression, ["-c"], { input: archive });
}

function entryBytes({ name, content = "", link, mode = 0o644, uid = 0, gid = 0 }: ArchiveEntry): Buffer {
  const body = Buffer.from(content);
  const header = Buffer.alloc(512);
  const octal = (value: number, at: number, length: number) =>
    header.write(`${value.toString(8).padStart(length - 1, "0")}\0`, at);
  header.write(name, 0, 100);
  octal(mode, 100, 8);
  octal(uid, 108, 8);
  octal(gid, 116, 8);
  octal(body.length, 124, 12);
  octal(1_600_000_000, 136, 12);
  header.write("        ", 148);
  header.write(link !== undefined ? "2" : name.endsWith("/") ? "5" : "0", 156);
  header.write(link ?? "", 157, 100);
  header.write("ustar\u000000", 257);
  octal(
    header.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  );
  return Buffer.concat([header, body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
}
