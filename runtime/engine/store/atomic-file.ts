import { randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, readdir, readFile, rename, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";

const temporaryMark = ".~tmp-";

/**
 * Replaces the file at `path` with `text` so that, whatever happens, either the old or the new text is there, whole:
 * temporary file in the same directory, fsync, rename, fsync of the directory. `mode` applies to the new file.
 */
export async function writeFileAtomically(path: string, text: string, mode = 0o600): Promise<void> {
  const temporary = `${path}${temporaryMark}${randomUUID()}`;
  try {
    const file = await open(temporary, "wx", mode);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** Makes renames and removals inside `directory` durable. */
export async function syncDirectory(directory: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(directory, "r");
    await handle.sync();
  } finally {
    await handle?.close();
  }
}

/** The JSON value in the file at `path`; undefined when there is no such file. Throws when the text is not JSON. */
export async function readJsonFile(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`cannot read ${path}: it is not JSON`, { cause: error });
  }
}

/** Writes `value` as JSON, atomically. */
export function writeJsonFile(path: string, value: unknown): Promise<void> {
  return writeFileAtomically(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** Makes `directory` if needed and removes what interrupted writes left in it. */
export async function openDirectory(directory: string, mode = 0o700): Promise<void> {
  await mkdir(directory, { recursive: true, mode });
  for (const name of await readdir(directory)) {
    if (name.includes(temporaryMark)) await unlink(join(directory, name)).catch(ignoreMissing);
  }
}

/** True for the error of a file system call on a path that does not exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

/** For `.catch`: a missing file is what was wanted. */
export function ignoreMissing(error: unknown): void {
  if (!isMissing(error)) throw error;
}
