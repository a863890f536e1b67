import { readdir, rmdir } from "node:fs/promises";
import { join } from "node:path";

const mountPoint = "/sys/fs/cgroup";

/** Removes a cgroup without processes and children from every hierarchy; leaves what is in use. */
export async function removeEmptyCgroup(name: string): Promise<void> {
  const hierarchies = await readdir(mountPoint);
  for (const directory of [mountPoint, ...hierarchies.map((one) => join(mountPoint, one))]) {
    await rmdir(join(directory, name)).catch((error: NodeJS.ErrnoException) => {
      if (!["ENOENT", "EBUSY", "ENOTEMPTY", "ENOTDIR", "EPERM", "EROFS"].includes(error.code ?? ""))
        throw error;
    });
  }
}
