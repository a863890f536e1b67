import { readFile } from "node:fs/promises";
import { resolve } from "node:path";

/** The lines of files with `NAME=VALUE` lines; empty ones and comments do not count. */
export async function linesOf(files: readonly string[], cwd: string): Promise<readonly string[]> {
  const contents = await Promise.all(files.map((file) => readFile(resolve(cwd, file), "utf8")));
  return contents
    .flatMap((content) => content.split("\n"))
    .map((line) => line.replace(/\r$/, "").trimStart())
    .filter((line) => line !== "" && !line.startsWith("#"));
}
