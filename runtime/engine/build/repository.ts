import { mkdir, rm } from "node:fs/promises";
import { EngineError } from "../error.ts";
import { checkOutRepository } from "../host/git.ts";
import { onDisk, toBytes, toText } from "./byte-path.ts";
import { type PlaceInRoot, resolveInRoot } from "./in-root.ts";
import { walkTree } from "./tree-walk.ts";

/** A checked-out repository, or the directory of it that was asked for. */
export interface Repository {
  readonly place: PlaceInRoot;
  /** Hex. */
  readonly commit: string;
}

/** Does the address name a repository? Source: Dockerfile reference, "ADD"; Docker docs, "Build context". */
export function isGitAddress(word: string): boolean {
  return /^(git:\/\/|git@|ssh:\/\/)/.test(word) || /^https?:\/\/[^?#]+\.git(#|$)/.test(word);
}

/**
 * Checks `URL#REF:SUBDIRECTORY` out into the new directory (byte path). The subdirectory's symlinks cannot lead out of the
 * repository. Throws `unavailable` when it cannot be fetched, `invalid-argument` when there is no such directory.
 */
export async function fetchRepository(
  address: string,
  options: { readonly directory: string; readonly gitDirectory: "keep" | "remove" },
  signal: AbortSignal,
): Promise<Repository> {
  const hash = address.indexOf("#");
  const url = hash === -1 ? address : address.slice(0, hash);
  const [ref = "", subdirectory = ""] = hash === -1 ? [] : address.slice(hash + 1).split(/:(.*)/s, 2);
  await mkdir(onDisk(options.directory), { mode: 0o755 });
  const commit = await checkOut(url, ref, toText(options.directory), signal);
  if (options.gitDirectory === "remove") await removeGitDirectories(options.directory, signal);
  const place = await resolveInRoot(options.directory, toBytes(subdirectory));
  if (place.kind !== "directory") {
    throw new EngineError(
      "invalid-argument",
      `${url} has no directory "${subdirectory}" at ${ref || "its default branch"}`,
    );
  }
  return { place, commit };
}

async function checkOut(url: string, ref: string, directory: string, signal: AbortSignal): Promise<string> {
  try {
    return await checkOutRepository({ url, ref, directory }, signal);
  } catch (error) {
    signal.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    throw new EngineError("unavailable", `cannot fetch ${url}${ref === "" ? "" : `#${ref}`}: ${reason}`, {
      cause: error,
    });
  }
}

/** Submodules have a file of that name. */
async function removeGitDirectories(directory: string, signal: AbortSignal): Promise<void> {
  await rm(onDisk(`${directory}/.git`), { recursive: true, force: true });
  for await (const { path, hostPath, stats } of walkTree(directory, signal)) {
    if (stats.isFile() && path.endsWith("/.git")) await rm(onDisk(hostPath));
  }
}
