import { readFile } from "node:fs/promises";
import { totalmem } from "node:os";
import { join } from "node:path";
import type {
  BlkioEntry,
  BlkioStats,
  CpuStats,
  InterfaceStats,
  MemoryStats,
  PidsStats,
} from "../../api/types/stats.ts";
import type { CgroupLayout } from "./cgroup-layout.ts";

/** What a cgroup has used so far. Source: kernel, admin-guide/cgroup-v1 and cgroup-v2.rst. */
export interface CgroupUsage {
  readonly cpu: CpuStats;
  readonly memory: MemoryStats;
  readonly pids: PidsStats;
  readonly blkio: BlkioStats;
}

const mountPoint = "/sys/fs/cgroup";

/** Reads a cgroup's counters; those of controllers this host does not have are zero or absent. */
export async function readCgroupUsage(layout: CgroupLayout, cgroup: string): Promise<CgroupUsage> {
  const usage = layout === "unified" ? readUnified(cgroup) : readV1(cgroup);
  const [found, system] = await Promise.all([usage, readFile("/proc/stat", "utf8")]);
  return { ...found, cpu: { ...found.cpu, ...parseSystemCpu(system) } };
}

async function readUnified(cgroup: string): Promise<CgroupUsage> {
  const text = (name: string) => textOf(join(mountPoint, cgroup, name));
  const [cpu, current, max, stat, peak, events, pids, pidsMax, io] = await Promise.all([
    text("cpu.stat"),
    text("memory.current"),
    text("memory.max"),
    text("memory.stat"),
    text("memory.peak"),
    text("memory.events"),
    text("pids.current"),
    text("pids.max"),
    text("io.stat"),
  ]);
  const times = parseFlat(cpu);
  const nanoseconds = (name: string) => (times[name] ?? 0) * 1000;
  return {
    cpu: {
      cpu_usage: {
        total_usage: nanoseconds("usage_usec"),
        usage_in_kernelmode: nanoseconds("system_usec"),
        usage_in_usermode: nanoseconds("user_usec"),
      },
      throttling_data: {
        periods: times.nr_periods ?? 0,
        throttled_periods: times.nr_throttled ?? 0,
        throttled_time: nanoseconds("throttled_usec"),
      },
    },
    memory: {
      usage: count(current),
      ...(peak === "" ? {} : { max_usage: count(peak) }),
      failcnt: parseFlat(events).max ?? 0,
      stats: parseFlat(stat),
      limit: memoryLimit(max),
    },
    pids: { current: count(pids), limit: count(pidsMax) },
    blkio: { ...noBlkio, ...parseIoStat(io) },
  };
}

async function readV1(cgroup: string): Promise<CgroupUsage> {
  const text = (controller: string, name: string) => textOf(join(mountPoint, controller, cgroup, name));
  const [usage, perCpu, user, kernel, throttling, memory, maxMemory, limit, failures, stat, pids, pidsMax] =
    await Promise.all([
      text("cpuacct", "cpuacct.usage"),
      text("cpuacct", "cpuacct.usage_percpu"),
      text("cpuacct", "cpuacct.usage_user"),
      text("cpuacct", "cpuacct.usage_sys"),
      text("cpu", "cpu.stat"),
      text("memory", "memory.usage_in_bytes"),
      text("memory", "memory.max_usage_in_bytes"),
      text("memory", "memory.limit_in_bytes"),
      text("memory", "memory.failcnt"),
      text("memory", "memory.stat"),
      text("pids", "pids.current"),
      text("pids", "pids.max"),
    ]);
  const throttled = parseFlat(throttling);
  return {
    cpu: {
      cpu_usage: {
        total_usage: count(usage),
        percpu_usage: perCpu.trim() === "" ? [] : perCpu.trim().split(/\s+/).map(Number),
        usage_in_kernelmode: count(kernel),
        usage_in_usermode: count(user),
      },
      throttling_data: {
        periods: throttled.nr_periods ?? 0,
        throttled_periods: throttled.nr_throttled ?? 0,
        throttled_time: throttled.throttled_time ?? 0,
      },
    },
    memory: {
      usage: count(memory),
      max_usage: count(maxMemory),
      failcnt: count(failures),
      stats: parseFlat(stat),
      limit: memoryLimit(limit),
    },
    pids: { current: count(pids), limit: count(pidsMax) },
    blkio: await readBlkio(cgroup),
  };
}

/** Which files there are depends on the I/O scheduler; those of the throttling layer are always there. */
async function readBlkio(cgroup: string): Promise<BlkioStats> {
  const entries = async (name: string) => {
    for (const prefix of ["blkio.bfq.", "blkio.throttle."]) {
      const found = parseBlkio(await textOf(join(mountPoint, "blkio", cgroup, `${prefix}${name}`)));
      if (found.length > 0) return found;
    }
    return [];
  };
  return {
    ...noBlkio,
    io_service_bytes_recursive: await entries("io_service_bytes_recursive"),
    io_serviced_recursive: await entries("io_serviced_recursive"),
  };
}

export const noBlkio: BlkioStats = {
  io_service_bytes_recursive: null,
  io_serviced_recursive: null,
  io_queue_recursive: null,
  io_service_time_recursive: null,
  io_wait_time_recursive: null,
  io_merged_recursive: null,
  io_time_recursive: null,
  sectors_recursive: null,
};

/** Lines `KEY NUMBER`. */
export function parseFlat(text: string): Readonly<Record<string, number>> {
  const values: Record<string, number> = {};
  for (const line of text.split("\n")) {
    const [, key, value] = /^(\w+) (\d+)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) values[key] = Number(value);
  }
  return values;
}

/** v1: lines `MAJOR:MINOR OPERATION NUMBER`. */
export function parseBlkio(text: string): readonly BlkioEntry[] {
  return [...text.matchAll(/^(\d+):(\d+) (\w+) (\d+)$/gm)].map(([, major, minor, op, value]) => ({
    major: Number(major),
    minor: Number(minor),
    op: (op ?? "").toLowerCase(),
    value: Number(value),
  }));
}

/** v2: lines `MAJOR:MINOR rbytes=N wbytes=N rios=N wios=N …`. */
export function parseIoStat(text: string): Pick<BlkioStats, "io_service_bytes_recursive"> {
  const entries: BlkioEntry[] = [];
  for (const [, major, minor, rest = ""] of text.matchAll(/^(\d+):(\d+) (.*)$/gm)) {
    for (const [key, op] of [
      ["rbytes", "read"],
      ["wbytes", "write"],
    ] as const) {
      const value = new RegExp(`\\b${key}=(\\d+)`).exec(rest)?.[1];
      if (value !== undefined) {
        entries.push({ major: Number(major), minor: Number(minor), op, value: Number(value) });
      }
    }
  }
  return { io_service_bytes_recursive: entries };
}

/** Of `/proc/stat`: the first seven times of all processors together, in nanoseconds. Source: proc(5). */
export function parseSystemCpu(text: string): { system_cpu_usage: number; online_cpus: number } {
  const total = /^cpu +(.*)$/m.exec(text)?.[1] ?? "";
  const ticks = total
    .split(/\s+/)
    .slice(0, 7)
    .reduce((sum, value) => sum + Number(value), 0);
  return { system_cpu_usage: ticks * 10_000_000, online_cpus: text.match(/^cpu\d+/gm)?.length ?? 1 };
}

/** Of `/proc/PID/net/dev`: all but the loopback; undefined when there is nothing else. */
export function parseNetDev(text: string): Readonly<Record<string, InterfaceStats>> | undefined {
  const interfaces: Record<string, InterfaceStats> = {};
  for (const [, name = "", rest = ""] of text.matchAll(/^ *([^\s:|]+): *(.*)$/gm)) {
    if (name === "lo") continue;
    const n = rest.trim().split(/\s+/).map(Number);
    interfaces[name] = {
      rx_bytes: n[0] ?? 0,
      rx_packets: n[1] ?? 0,
      rx_errors: n[2] ?? 0,
      rx_dropped: n[3] ?? 0,
      tx_bytes: n[8] ?? 0,
      tx_packets: n[9] ?? 0,
      tx_errors: n[10] ?? 0,
      tx_dropped: n[11] ?? 0,
    };
  }
  return Object.keys(interfaces).length === 0 ? undefined : interfaces;
}

/** The interfaces a process sees; undefined when it is gone or sees none but the loopback. */
export async function readInterfaces(pid: number): Promise<ReturnType<typeof parseNetDev>> {
  return parseNetDev(await textOf(`/proc/${pid}/net/dev`));
}

/** No limit is the host's memory: what clients divide by. */
function memoryLimit(text: string): number {
  const limit = text.trim() === "max" ? Number.POSITIVE_INFINITY : Number(text);
  return text.trim() === "" || limit > totalmem() ? totalmem() : limit;
}

/** `max` and what is absent are 0. */
function count(text: string): number {
  const value = Number(text.trim());
  return Number.isFinite(value) ? value : 0;
}

/** A controller that is off, and a cgroup that ends meanwhile, have nothing to tell. */
async function textOf(path: string): Promise<string> {
  return await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (["ENOENT", "ENODEV", "ESRCH", "EINVAL", "EOPNOTSUPP"].includes(error.code ?? "")) return "";
    throw error;
  });
}
