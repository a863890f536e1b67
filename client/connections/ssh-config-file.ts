import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { matchesPattern, parseSshConfig, type SshDirective } from "./ssh-config.ts";

const maxDepth = 16;

/**
 * Reads an `ssh_config` file and, in their places, the files it includes. A file that is not there is an empty one.
 * Throws the system's error for a file that is there and cannot be read.
 */
export async function readSshConfig(file: string, home: string): Promise<readonly SshDirective[]> {
  return await readNested(file, home, 0);
}

async function readNested(file: string, home: string, depth: number): Promise<readonly SshDirective[]> {
  if (depth > maxDepth) throw new Error(`${file}: Include lines are nested more than ${maxDepth} deep`);
  const directives = parseSshConfig(await readIfThere(file));
  return await Promise.all(
    directives.map(async (directive) => {
      if (directive.kind !== "include") return directive;
      const files: (readonly SshDirective[])[] = [];
      for (const pattern of directive.patterns) {
        // Relative names are relative to ~/.ssh, whatever file names them. Source: ssh_config(5), Include.
        const absolute = path.resolve(path.join(home, ".ssh"), pattern.replace(/^~(?=\/|$)/, home));
        const names = /[*?[]/.test(absolute) ? await sortedGlob(absolute) : [absolute];
        for (const name of names) files.push(await readNested(name, home, depth + 1));
      }
      return { ...directive, files };
    }),
  );
}

/** Files that match; wildcards are understood in the last part of the path, where configurations have them. */
async function sortedGlob(pattern: string): Promise<string[]> {
  const directory = path.dirname(pattern);
  const names = await readdir(directory).catch(() => []);
  return names
    .filter((name) => !name.startsWith(".") && matchesPattern(name, path.basename(pattern)))
    .sort()
    .map((name) => path.join(directory, name));
}

async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
  }
}
