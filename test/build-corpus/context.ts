import { chmod, mkdir, symlink, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { BuildCase, ContextFile } from "./case.ts";

/** Writes a case's files and its Dockerfile below `directory`, whatever the umask. */
export async function writeContext({ files, dockerfile }: BuildCase, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const [name, file] of Object.entries({ ...files, Dockerfile: dockerfile })) {
    await makeParents(directory, name);
    await writeOne(join(directory, name), file);
  }
}

async function makeParents(directory: string, name: string): Promise<void> {
  const parent = dirname(name);
  if (parent === ".") return;
  await makeParents(directory, parent);
  const isNew = await mkdir(join(directory, parent)).then(
    () => true,
    () => false,
  );
  if (isNew) await chmod(join(directory, parent), 0o755);
}

async function writeOne(path: string, file: ContextFile): Promise<void> {
  if (typeof file !== "string" && "link" in file) return await symlink(file.link, path);
  if (typeof file !== "string" && "directoryMode" in file) {
    await mkdir(path, { recursive: true });
    return await chmod(path, file.directoryMode);
  }
  const { content, mode } = typeof file === "string" ? { content: file, mode: 0o644 } : file;
  await writeFile(path, content);
  await chmod(path, mode);
  await utimes(path, 1_700_000_000, 1_700_000_000);
}
