import { readFile } from "node:fs/promises";

const rowNames: Readonly<Record<string, string>> = {
  "Max cpu time": "cpu",
  "Max file size": "fsize",
  "Max data size": "data",
  "Max stack size": "stack",
  "Max core file size": "core",
  "Max resident set": "rss",
  "Max processes": "nproc",
  "Max open files": "nofile",
  "Max locked memory": "memlock",
  "Max file locks": "locks",
  "Max pending signals": "sigpending",
  "Max msgqueue size": "msgqueue",
  "Max nice priority": "nice",
  "Max realtime priority": "rtprio",
  "Max realtime timeout": "rttime",
};

const capSysResource = 24n;

/** The hard limits this process cannot raise, by ulimit name; empty when it may (CAP_SYS_RESOURCE). */
export async function rlimitCeilings(): Promise<Readonly<Record<string, number>>> {
  const status = await readFile("/proc/self/status", "utf8");
  const mask = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? "0"}`);
  if ((mask >> capSysResource) & 1n) return {};
  const ceilings: Record<string, number> = {};
  for (const line of (await readFile("/proc/self/limits", "utf8")).split("\n")) {
    const name = rowNames[line.slice(0, 26).trim()];
    const hard = line.slice(26).trim().split(/\s+/)[1];
    if (name !== undefined && hard !== undefined && hard !== "unlimited") ceilings[name] = Number(hard);
  }
  return ceilings;
}
