import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { CgroupLayout } from "./cgroup-layout.ts";

/** What of a container's limits this kernel can set. */
export interface LimitSupport {
  /** False when the kernel does not count swap for cgroups. */
  readonly hasSwapLimit: boolean;
  readonly hasSwappiness: boolean;
  readonly hasOomKillDisable: boolean;
  readonly hasKernelTcpMemory: boolean;
  /** False when no I/O scheduler of this kernel weighs cgroups. */
  readonly hasBlkioWeight: boolean;
  readonly hasBlkioThrottle: boolean;
  readonly hasPidsLimit: boolean;
  /** Processors and memory nodes containers may be bound to, `0-3,8`. */
  readonly cpus: string;
  readonly memoryNodes: string;
}

const mountPoint = "/sys/fs/cgroup";

/** Looks at the cgroup controllers. Source: kernel, admin-guide/cgroup-v1 and cgroup-v2.rst. */
export async function detectLimitSupport(layout: CgroupLayout): Promise<LimitSupport> {
  return layout === "unified" ? await unifiedSupport() : await v1Support();
}

async function unifiedSupport(): Promise<LimitSupport> {
  const controllers = (await textOf("cgroup.controllers")).split(/\s+/);
  const has = (controller: string) => controllers.includes(controller);
  return {
    hasSwapLimit: has("memory"),
    // cgroup v2 has none of these three.
    hasSwappiness: false,
    hasOomKillDisable: false,
    hasKernelTcpMemory: false,
    hasBlkioWeight: has("io"),
    hasBlkioThrottle: has("io"),
    hasPidsLimit: has("pids"),
    cpus: await textOf("cpuset.cpus.effective"),
    memoryNodes: await textOf("cpuset.mems.effective"),
  };
}

async function v1Support(): Promise<LimitSupport> {
  const has = (file: string) => exists(join(mountPoint, file));
  return {
    hasSwapLimit: await has("memory/memory.memsw.limit_in_bytes"),
    hasSwappiness: await has("memory/memory.swappiness"),
    hasOomKillDisable: await has("memory/memory.oom_control"),
    hasKernelTcpMemory: await has("memory/memory.kmem.tcp.limit_in_bytes"),
    hasBlkioWeight: (await has("blkio/blkio.weight")) || (await has("blkio/blkio.bfq.weight")),
    hasBlkioThrottle: await has("blkio/blkio.throttle.read_bps_device"),
    hasPidsLimit: await has("pids/cgroup.procs"),
    cpus: await textOf("cpuset/cpuset.cpus"),
    memoryNodes: await textOf("cpuset/cpuset.mems"),
  };
}

async function textOf(file: string): Promise<string> {
  return (await readFile(join(mountPoint, file), "utf8").catch(() => "")).trim();
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
