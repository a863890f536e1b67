import { readFile, writeFile } from "node:fs/promises";
import type { Command } from "./run.ts";

/** A kernel parameter by its path below `/proc/sys`, parts separated by slashes (interface names hold dots). */
export async function readSysctl(path: string): Promise<string> {
  return (await readFile(`/proc/sys/${path}`, "utf8")).trim();
}

/** Writes only when the value differs, so that nothing is touched where it is right already. */
export async function writeSysctl(path: string, value: string): Promise<void> {
  if ((await readSysctl(path)) === value) return;
  await writeFile(`/proc/sys/${path}`, value);
}

/** Sets a kernel parameter by a program: for other namespaces than the engine's own. */
export function setSysctl(path: string, value: string): Command<void> {
  return { argv: ["tee", `/proc/sys/${path}`], stdin: value, parse: () => {} };
}
