import { readdir, readFile } from "node:fs/promises";

/** Processes whose command line names `text`, as pids. */
export async function processesNaming(text: string): Promise<readonly number[]> {
  const found: number[] = [];
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const line = await readFile(`/proc/${name}/cmdline`, "utf8").catch(() => "");
    if (line.includes(text)) found.push(Number(name));
  }
  return found;
}

/** Proportional set size in MiB: shared pages count for each of their users by their share. Source: proc(5), smaps_rollup. */
export async function proportionalSetSize(pids: readonly number[]): Promise<number> {
  let kibibytes = 0;
  for (const pid of pids) {
    const text = await readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "");
    kibibytes += Number(/^Pss:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0);
  }
  return kibibytes / 1024;
}
