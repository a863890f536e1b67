import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/**
 * The directory where an npm package of exactly this version can be required from. It is a peer to test with, no
 * dependency: installed into the user's cache when it is not there yet. Throws when npm fails.
 */
export async function ensureNodeClient(name: string, version: string): Promise<string> {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  const directory = join(cache, "berth-test-clients", `${name}-${version}`);
  const ready = join(directory, "ready");
  if (existsSync(ready)) return directory;
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, "package.json"), '{"private":true}\n');
  // Native modules below these packages are optional (ssh2's), so nothing has to be compiled.
  const args = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
  await execute("npm", [...args, `${name}@${version}`], { cwd: directory, timeout: 180_000 });
  await writeFile(ready, "");
  return directory;
}
