import { mkdir, readdir, readFile, rm, rmdir, stat } from "node:fs/promises";
import {
  compileDockerignore,
  type IgnoreMatcher,
  parseDockerignore,
} from "../../model/dockerfile/dockerignore.ts";
import { EngineError } from "../error.ts";
import { onDisk, toBytes, toText } from "./byte-path.ts";
import { kindOf, resolveInRoot } from "./in-root.ts";
import { unpackArchive } from "./unpack-archive.ts";

/** The files a build may copy from, on disk. */
export interface BuildContext {
  /** Byte path of the directory that holds them. */
  readonly root: string;
  /** Text of the Dockerfile, which may itself be left out of the context by `.dockerignore`. */
  readonly dockerfile: string;
  /**
   * Digests (hex, "" of nothing) by host path of files that never change and are no links to each other, as a layer may
   * have them by link.
   */
  readonly digests: ReadonlyMap<string, string>;
}

/** A context before its Dockerfile and its ignore file are read. */
export interface ContextFiles {
  readonly root: string;
  /** Text of the Dockerfile when that is all there is. */
  readonly dockerfile?: string;
  /** As `BuildContext` has them. */
  readonly digests?: ReadonlyMap<string, string>;
}

const maxFileBytes = 1 << 20;

/** Unpacks a context into the new directory `root`. Throws `invalid-argument` when the archive is bad. */
export async function unpackContext(
  archive: AsyncIterable<Uint8Array>,
  root: string,
  signal: AbortSignal,
): Promise<ContextFiles> {
  // Nobody else gets into the directory above it; a step's own user must get into this one when it is mounted.
  await mkdir(onDisk(root), { recursive: true, mode: 0o755 });
  const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const digests = new Map<string, string>();
  await unpackArchive(archive, { root, directory: "", owner, digests }, signal);
  return { root, digests };
}

/**
 * Reads a context's Dockerfile and removes what `.dockerignore` (or
 * `DOCKERFILE.dockerignore`, which wins) leaves out. Throws `invalid-argument` when there is no Dockerfile.
 */
export async function readContext(
  { root, dockerfile: only, digests = new Map() }: ContextFiles,
  dockerfile: string,
  signal: AbortSignal,
): Promise<BuildContext> {
  if (only !== undefined) return { root, dockerfile: only, digests };
  const name = dockerfile === "" ? "Dockerfile" : dockerfile;
  const text = await readDockerfile(root, name);
  // One from elsewhere was only packed to be read.
  if (isFromElsewhere(name)) await rm(onDisk(`${root}/${toBytes(name)}`), { force: true });
  const ignore =
    (await readSmallFile(root, `${name}.dockerignore`)) ?? (await readSmallFile(root, ".dockerignore"));
  if (ignore !== undefined) {
    await removeIgnored(root, "", compileDockerignore(parseDockerignore(ignore)), signal);
  }
  return { root, dockerfile: text, digests };
}

/** Clients send a Dockerfile that is not in the context under such a name. */
export function isFromElsewhere(dockerfile: string): boolean {
  return /^\.dockerfile\.[0-9a-f]+$/.test(dockerfile);
}

async function readDockerfile(root: string, name: string): Promise<string> {
  const lowerCase = name === "Dockerfile" ? await readSmallFile(root, "dockerfile") : undefined;
  const text = (await readSmallFile(root, name)) ?? lowerCase;
  if (text === undefined) {
    throw new EngineError("invalid-argument", `Cannot locate specified Dockerfile: ${name}`);
  }
  if (text.trim() === "")
    throw new EngineError("invalid-argument", `the Dockerfile (${name}) cannot be empty`);
  return text;
}

async function readSmallFile(root: string, name: string): Promise<string | undefined> {
  const place = await resolveInRoot(root, toBytes(name));
  if (place.kind !== "file") return undefined;
  const { size } = await stat(onDisk(place.hostPath));
  if (size > maxFileBytes) {
    throw new EngineError("invalid-argument", `${name} has ${size} bytes; at most ${maxFileBytes} are read`);
  }
  return readFile(onDisk(place.hostPath), "utf8");
}

/** A directory that is left out goes whole, or, when exceptions may bring something below it back, if it ends empty. */
async function removeIgnored(
  root: string,
  directory: string,
  matcher: IgnoreMatcher,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const names = await readdir(onDisk(directory === "" ? root : `${root}/${directory}`), "buffer");
  for (const name of names) {
    const path = directory === "" ? name.toString("latin1") : `${directory}/${name.toString("latin1")}`;
    const hostPath = `${root}/${path}`;
    const isIgnored = matcher.ignores(toText(path));
    const isDirectory = (await kindOf(hostPath)) === "directory";
    if (isDirectory && (!isIgnored || matcher.mayKeepBelow(toText(path)))) {
      await removeIgnored(root, path, matcher, signal);
      if (isIgnored) await rmdir(onDisk(hostPath)).catch(keepFilled);
    } else if (isIgnored) await rm(onDisk(hostPath), { recursive: true, force: true });
  }
}

function keepFilled(error: unknown): void {
  if (!(error instanceof Error && "code" in error && error.code === "ENOTEMPTY")) throw error;
}
