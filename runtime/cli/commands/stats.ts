import type { ContainerStats } from "../../api/types/stats.ts";
import { type Command, type CommandContext, command } from "../command.ts";
import { onOff } from "../command-line.ts";
import { formatFlag, type Listing, printListing } from "../listing.ts";
import { printBinarySize, printSize, shortId } from "../units.ts";

const clearScreen = "\u001b[2J\u001b[H";

/** `stats`. */
export const statsCommand: Command = command({
  name: "stats",
  summary: "Show what containers use, live",
  usage: "[OPTIONS] [CONTAINER...]",
  flags: {
    all: onOff("Also those that do not run", "a"),
    format: formatFlag,
    "no-stream": onOff("Print once"),
    "no-trunc": onOff("Do not shorten ids"),
  },
  words: [0, Number.POSITIVE_INFINITY],
  run: async (flags, names, context) => {
    const { client, signal, stdout } = context;
    const print = (samples: readonly ContainerStats[]) =>
      printListing(
        listing,
        samples.map((sample) => statsRow(sample, flags["no-trunc"])),
        flags.format,
      );
    const ids =
      names.length > 0
        ? names
        : (await client.containers.list({ all: flags.all }, signal)).map((row) => row.Id);
    if (flags["no-stream"]) {
      stdout.write(print(await Promise.all(ids.map((id) => oneSample(id, context)))));
      return;
    }
    const latest = new Map<string, ContainerStats>();
    const draw = () => stdout.write(clearScreen + print(ids.flatMap((id) => latest.get(id) ?? [])));
    await Promise.all(
      ids.map(async (id) => {
        for await (const sample of client.containers.stats(id, { stream: true }, signal)) {
          latest.set(id, sample);
          draw();
        }
        latest.delete(id);
      }),
    );
  },
});

async function oneSample(id: string, { client, signal }: CommandContext): Promise<ContainerStats> {
  for await (const sample of client.containers.stats(id, { stream: false }, signal)) return sample;
  throw new Error(`the server sent no statistics of ${id}`);
}

const listing: Listing<keyof ReturnType<typeof statsRow>> = {
  titles: {
    ID: "CONTAINER ID",
    Container: "CONTAINER",
    Name: "NAME",
    CPUPerc: "CPU %",
    MemUsage: "MEM USAGE / LIMIT",
    MemPerc: "MEM %",
    NetIO: "NET I/O",
    BlockIO: "BLOCK I/O",
    PIDs: "PIDS",
  },
  columns: ["ID", "Name", "CPUPerc", "MemUsage", "MemPerc", "NetIO", "BlockIO", "PIDs"],
};

/** The figures as the docker command computes them; the names are those of its templates. */
export function statsRow(sample: ContainerStats, isWhole: boolean) {
  const { memory_stats: memory, blkio_stats: blkio } = sample;
  // Pages of files that can be dropped at any time are not counted: v1's name for them, and v2's.
  const idle = memory.stats?.total_inactive_file ?? memory.stats?.inactive_file ?? 0;
  const used = Math.max(0, (memory.usage ?? 0) - idle);
  const limit = memory.limit ?? 0;
  const interfaces = Object.values(sample.networks ?? {});
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const block = (op: string) =>
    sum(
      (blkio.io_service_bytes_recursive ?? [])
        .filter((one) => one.op.toLowerCase() === op)
        .map((one) => one.value),
    );
  return {
    ID: isWhole ? sample.id : shortId(sample.id),
    Container: isWhole ? sample.id : shortId(sample.id),
    Name: sample.name.replace(/^\//, ""),
    CPUPerc: `${cpuPercent(sample).toFixed(2)}%`,
    MemUsage: `${printBinarySize(used)} / ${printBinarySize(limit)}`,
    MemPerc: `${(limit === 0 ? 0 : (used / limit) * 100).toFixed(2)}%`,
    NetIO: `${printSize(sum(interfaces.map((one) => one.rx_bytes)))} / ${printSize(sum(interfaces.map((one) => one.tx_bytes)))}`,
    BlockIO: `${printSize(block("read"))} / ${printSize(block("write"))}`,
    PIDs: String(sample.pids_stats.current ?? 0),
  };
}

/** 100 is one processor. */
function cpuPercent({ cpu_stats: now, precpu_stats: before }: ContainerStats): number {
  const own = now.cpu_usage.total_usage - before.cpu_usage.total_usage;
  const system = (now.system_cpu_usage ?? 0) - (before.system_cpu_usage ?? 0);
  return system > 0 && own > 0 ? (own / system) * (now.online_cpus ?? 1) * 100 : 0;
}
