import { chmod, mkdir, stat } from "node:fs/promises";
import path from "node:path";
import { EngineError } from "./error.ts";

/**
 * Makes the engine's root (mode 0710) and the folders above it. One folder at a time: Node's recursive mkdir never ends
 * where a file system takes no folders, such as /proc. Throws `invalid-argument` with the folder that stood in the way.
 */
export async function makeRootDirectory(root: string): Promise<void> {
  const missing: string[] = [];
  let folder = path.resolve(root);
  while (!(await isThere(folder, root))) {
    missing.unshift(folder);
    folder = path.dirname(folder);
  }
  for (const each of missing) await attempt(root, () => mkdir(each, { mode: 0o711 }));
  await attempt(root, () => chmod(root, 0o710));
}

async function isThere(folder: string, root: string): Promise<boolean> {
  try {
    const found = await stat(folder);
    if (found.isDirectory()) return true;
    throw new EngineError(
      "invalid-argument",
      `cannot use ${root} as the engine's root: ${folder} is not a folder`,
    );
  } catch (error) {
    if (isErrno(error) && (error.code === "ENOENT" || error.code === "ENOTDIR")) return false;
    throw error;
  }
}

async function attempt(root: string, step: () => Promise<unknown>): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (isErrno(error) && error.code === "EEXIST") return;
    const why = error instanceof Error ? error.message : String(error);
    throw new EngineError("invalid-argument", `cannot use ${root} as the engine's root: ${why}`, {
      cause: error,
    });
  }
}

function isErrno(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error;
}
