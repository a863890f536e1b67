import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { access, readFile, realpath } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { pack } from "tar-stream";
import { runProgram } from "./engine-process.ts";
import type { ToolSet } from "./remote-host.ts";

/** Programs of this machine, with the shared libraries they need, that a host of the same kind can run. */
export interface PackedTools extends ToolSet {
  readonly size: number;
  /** A tar archive of one folder: `bin`, `programs`, `lib` and `SHA256SUMS`. */
  readonly archive: () => AsyncIterable<Buffer>;
}

/** Looked through for programs; those of the engine are mostly root's. */
const folders = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** Parts of glibc: they must be the host's own, as its loader is. */
const glibcParts = /^(ld-linux.*|libc|libm|libdl|libpthread|librt|libresolv|libutil|libanl|libnss_\w+)\.so/;

/**
 * Gathers those of the programs that this machine has; undefined when it has none of them or is no Linux. Each is started by a
 * script that sets the library path for it alone, so that neither the host's programs nor containers see it.
 */
export async function gatherTools(names: readonly string[]): Promise<PackedTools | undefined> {
  if (process.platform !== "linux") return undefined;
  const files = new Map<string, string>();
  const programs: string[] = [];
  for (const name of names) {
    const found = await findLocal(name);
    const libraries = found === undefined ? undefined : await librariesOf(found);
    if (found === undefined || libraries === undefined) continue;
    programs.push(name);
    files.set(`programs/${name}`, await realpath(found));
    for (const [library, source] of libraries) files.set(`lib/${library}`, source);
  }
  if (programs.length === 0) return undefined;
  const sums: string[] = [];
  let glibcMinor = 0;
  let size = 0;
  for (const [name, source] of files) {
    const content = await readFile(source);
    sums.push(`${createHash("sha256").update(content).digest("hex")}  ${name}\n`);
    glibcMinor = Math.max(glibcMinor, neededGlibc(content));
    size += content.length;
  }
  const list = sums.sort().join("");
  const hash = createHash("sha256").update(list).update(startScript).digest("hex").slice(0, 16);
  const archive = () => packTools(programs, files, list);
  return { name: `tools-${hash}`, programs, machine: os.machine(), glibcMinor, size, archive };
}

const startScript = `#!/bin/sh
here=\${0%/bin/*}
export LD_LIBRARY_PATH="$here/lib"
exec "$here/programs/\${0##*/}" "$@"
`;

async function* packTools(
  programs: readonly string[],
  files: ReadonlyMap<string, string>,
  sums: string,
): AsyncGenerator<Buffer> {
  const archive = pack();
  const fill = async () => {
    for (const name of programs) archive.entry({ name: `bin/${name}`, mode: 0o755 }, startScript);
    archive.entry({ name: "SHA256SUMS" }, sums);
    for (const [name, source] of files) {
      const content = await readFile(source);
      await new Promise<void>((resolve, reject) => {
        archive.entry({ name, mode: 0o755 }, content, (error) => (error ? reject(error) : resolve()));
      });
    }
    archive.finalize();
  };
  const filled = fill().catch((error: unknown) => {
    archive.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  for await (const chunk of archive) yield chunk as Buffer;
  await filled;
}

async function findLocal(name: string): Promise<string | undefined> {
  for (const folder of folders) {
    const file = path.join(folder, name);
    const isThere = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return file;
  }
  return undefined;
}

/** Library name to file, glibc's own left out; undefined when one is missing. */
async function librariesOf(program: string): Promise<ReadonlyMap<string, string> | undefined> {
  let listing: string;
  try {
    listing = await runProgram("ldd", [program]);
  } catch {
    // A script, or a program without shared libraries, or no ldd here: only the last can be told apart by its content.
    return (await readFile(program)).includes("ld-linux") ? undefined : new Map();
  }
  return parseLibraries(listing);
}

/** Reads what `ldd` prints: library name to file, glibc's own left out; undefined when one is not found. */
export function parseLibraries(listing: string): ReadonlyMap<string, string> | undefined {
  const found = new Map<string, string>();
  for (const line of listing.split("\n")) {
    const [, name = "", file = ""] = /^\s*(\S+) => (\S+)/.exec(line) ?? [];
    if (name === "" || glibcParts.test(path.basename(name))) continue;
    if (!path.isAbsolute(file)) return undefined;
    found.set(name, file);
  }
  return found;
}

/** The newest symbol version of glibc 2 that a file asks for: 34 for `GLIBC_2.34`. */
function neededGlibc(content: Buffer): number {
  let newest = 0;
  const mark = "GLIBC_2.";
  for (let at = content.indexOf(mark); at >= 0; at = content.indexOf(mark, at + mark.length)) {
    const text = content.toString("latin1", at + mark.length, at + mark.length + 4);
    newest = Math.max(newest, Number(/^\d+/.exec(text)?.[0] ?? 0));
  }
  return newest;
}
