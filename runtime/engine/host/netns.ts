import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "./run.ts";

/** Where `ip netns` binds named network namespaces. Source: ip-netns(8). */
const netnsDirectory = "/run/netns";

/** The path a process joins to be in the named network namespace. */
export function netnsPath(name: string): string {
  return join(netnsDirectory, name);
}

/** The same command in a named network namespace: its sysctls are that namespace's too. Source: nsenter(1). */
export function inNetns<T>(name: string, command: Command<T>): Command<T> {
  return { ...command, argv: ["nsenter", `--net=${netnsPath(name)}`, ...command.argv] };
}

/** The named network namespaces whose name starts with `prefix`. A name may be left without a namespace after a crash. */
export async function listNetns(prefix: string): Promise<readonly string[]> {
  const names = await readdir(netnsDirectory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  return names.filter((name) => name.startsWith(prefix)).sort();
}
