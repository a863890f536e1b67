import { setTimeout as delay } from "node:timers/promises";
import type { ContainerStats, CpuStats } from "../../api/types/stats.ts";
import { noBlkio, readCgroupUsage, readInterfaces } from "../host/cgroup-usage.ts";
import type { ContainerBackend } from "../http/backend.ts";
import { timestampNow } from "./clock.ts";
import { never } from "./document.ts";
import type { ContainerRecord } from "./record.ts";
import { cgroupPath, type Room } from "./room.ts";

/** One sample a second, as Docker's clients expect. */
const intervalMs = 1000;

/** What containers use. */
export function createStats(room: Room): Pick<ContainerBackend, "stats"> {
  return {
    stats: async (name, options, signal) => {
      const record = room.table.get(name);
      return options.stream
        ? everySecond(room, record, signal)
        : oneSample(room, record, { oneShot: options.oneShot || !record.isRunning }, signal);
    },
  };
}

async function* everySecond(
  room: Room,
  record: ContainerRecord,
  signal: AbortSignal,
): AsyncGenerator<ContainerStats> {
  let before: ContainerStats | undefined;
  while (!signal.aborted && room.table.find(record.id) !== undefined) {
    const sample = await takeSample(room, record, before);
    yield sample;
    before = record.isRunning ? sample : undefined;
    await pause(signal);
  }
}

/** Not a one-shot: two samples, so that the answer has what processor usage is computed of. */
async function* oneSample(
  room: Room,
  record: ContainerRecord,
  options: { readonly oneShot: boolean },
  signal: AbortSignal,
): AsyncGenerator<ContainerStats> {
  if (options.oneShot) return yield await takeSample(room, record, undefined);
  const before = await takeSample(room, record, undefined);
  await pause(signal);
  signal.throwIfAborted();
  yield await takeSample(room, record, before);
}

/** A second, or less when nobody listens any more. */
async function pause(signal: AbortSignal): Promise<void> {
  await delay(intervalMs, undefined, { signal }).catch(() => {});
}

async function takeSample(
  room: Room,
  record: ContainerRecord,
  before: ContainerStats | undefined,
): Promise<ContainerStats> {
  const { document, state } = record;
  const common = { name: `/${document.name}`, id: document.id, num_procs: 0, storage_stats: {} };
  if (!record.isRunning) {
    return {
      ...common,
      read: never,
      preread: never,
      pids_stats: {},
      blkio_stats: noBlkio,
      cpu_stats: noCpu,
      precpu_stats: noCpu,
      memory_stats: {},
    };
  }
  const usage = await readCgroupUsage(room.host.cgroups, cgroupPath(room, document));
  const networks = document.hostConfig.NetworkMode === "host" ? undefined : await readInterfaces(state.pid);
  return {
    ...common,
    read: timestampNow(),
    preread: before?.read ?? never,
    pids_stats: usage.pids,
    blkio_stats: usage.blkio,
    cpu_stats: usage.cpu,
    precpu_stats: before?.cpu_stats ?? noCpu,
    memory_stats: usage.memory,
    ...(networks === undefined ? {} : { networks }),
  };
}

const noCpu: CpuStats = {
  cpu_usage: { total_usage: 0, usage_in_kernelmode: 0, usage_in_usermode: 0 },
  throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
};
