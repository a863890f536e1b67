import type { BuildCacheRecord, DiskUsage } from "../../api/types/system.ts";
import { command } from "../command.ts";
import { onOff, text } from "../command-line.ts";
import { confirm, forceFlag } from "../confirm.ts";
import { parseFilters, pruneFilterFlag } from "../filter-flag.ts";
import { formatFlag, type Listing, printListing } from "../listing.ts";
import { sizeBytes } from "../request-values.ts";
import { printTable } from "../table.ts";
import { printAge, printSize, shortId } from "../units.ts";

const listing: Listing<keyof UsageRow> = {
  titles: {
    Type: "TYPE",
    TotalCount: "TOTAL",
    Active: "ACTIVE",
    Size: "SIZE",
    Reclaimable: "RECLAIMABLE",
  },
  columns: ["Type", "TotalCount", "Active", "Size", "Reclaimable"],
};

type UsageRow = Readonly<Record<"Type" | "TotalCount" | "Active" | "Size" | "Reclaimable", string>>;

/** `system df`. */
export const diskUsageCommand = command({
  name: "df",
  summary: "Show what takes how much of the disk",
  usage: "[OPTIONS]",
  examples: [["system df -v", "Every image, container and volume by itself"]],
  flags: { format: formatFlag, verbose: onOff("Show each of them", "v") },
  words: [0, 0],
  run: async ({ format, verbose }, _words, { client, signal, stdout }) => {
    const usage = await client.system.diskUsage(signal);
    stdout.write(verbose ? printDetails(usage) : printListing(listing, usageRows(usage), format));
  },
});

/** What could go is what no container uses. */
function usageRows(usage: DiskUsage): readonly UsageRow[] {
  const images = usage.Images ?? [];
  const containers = usage.Containers ?? [];
  const volumes = usage.Volumes ?? [];
  const cache = usage.BuildCache ?? [];
  const sum = (sizes: readonly number[]) => sizes.reduce((total, size) => total + size, 0);
  const usedImages = images.filter((image) => image.Containers > 0);
  const running = containers.filter(({ State }) => ["running", "paused", "restarting"].includes(State));
  const usedVolumes = volumes.filter((volume) => (volume.UsageData?.RefCount ?? 0) > 0);
  const usedCache = cache.filter(({ InUse }) => InUse);
  const unique = (image: (typeof images)[number]) => image.Size - Math.max(0, image.SharedSize);
  const volumeSize = (volume: (typeof volumes)[number]) => Math.max(0, volume.UsageData?.Size ?? 0);
  const row = (Type: string, all: number, active: number, size: number, used: number): UsageRow => {
    const free = Math.max(0, size - used);
    const percent = size > 0 ? ` (${Math.floor((free / size) * 100)}%)` : "";
    return {
      Type,
      TotalCount: String(all),
      Active: String(active),
      Size: printSize(size),
      Reclaimable: `${printSize(free)}${percent}`,
    };
  };
  const usedImageBytes =
    usage.LayersSize - sum(images.filter(({ Containers }) => Containers <= 0).map(unique));
  const writable = (list: typeof containers) => sum(list.map(({ SizeRw = 0 }) => SizeRw));
  return [
    row(
      "Images",
      images.length,
      usedImages.length,
      usage.LayersSize,
      usedImages.length === 0 ? 0 : usedImageBytes,
    ),
    row("Containers", containers.length, running.length, writable(containers), writable(running)),
    row(
      "Local Volumes",
      volumes.length,
      usedVolumes.length,
      sum(volumes.map(volumeSize)),
      sum(usedVolumes.map(volumeSize)),
    ),
    row(
      "Build Cache",
      cache.length,
      usedCache.length,
      sum(cache.map(({ Size }) => Size)),
      sum(usedCache.map(({ Size }) => Size)),
    ),
  ];
}

function printDetails(usage: DiskUsage): string {
  const now = Date.now();
  const images = (usage.Images ?? []).map((image) => {
    const reference = image.RepoTags?.[0] ?? "<none>:<none>";
    const colon = reference.lastIndexOf(":");
    const shared = Math.max(0, image.SharedSize);
    return [
      reference.slice(0, colon),
      reference.slice(colon + 1),
      shortId(image.Id),
      printAge(image.Created, now),
      printSize(image.Size),
      printSize(shared),
      printSize(image.Size - shared),
      String(Math.max(0, image.Containers)),
    ];
  });
  const containers = (usage.Containers ?? []).map((row) => [
    shortId(row.Id),
    row.Image,
    printSize(row.SizeRw ?? 0),
    printAge(row.Created, now),
    row.Status,
    row.Names.map((name) => name.replace(/^\//, "")).join(","),
  ]);
  const volumes = (usage.Volumes ?? []).map(({ Name, UsageData }) => [
    Name,
    String(UsageData?.RefCount ?? 0),
    printSize(Math.max(0, UsageData?.Size ?? 0)),
  ]);
  const section = (title: string, header: readonly string[], rows: readonly (readonly string[])[]) =>
    `${title}:\n\n${printTable(header, rows)}`;
  return [
    section(
      "Images space usage",
      ["REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE", "SHARED SIZE", "UNIQUE SIZE", "CONTAINERS"],
      images,
    ),
    section(
      "Containers space usage",
      ["CONTAINER ID", "IMAGE", "SIZE", "CREATED", "STATUS", "NAMES"],
      containers,
    ),
    section("Local Volumes space usage", ["VOLUME NAME", "LINKS", "SIZE"], volumes),
    section(
      "Build cache usage",
      ["CACHE ID", "TYPE", "SIZE", "LAST USED", "USAGE", "SHARED", "DESCRIPTION"],
      (usage.BuildCache ?? []).map((record) => cacheCells(record, now)),
    ),
  ].join("\n");
}

function cacheCells(record: BuildCacheRecord, now: number): readonly string[] {
  const used = record.LastUsedAt ?? record.CreatedAt;
  return [
    shortId(record.ID),
    record.Type,
    printSize(record.Size),
    used ? printAge(Date.parse(used) / 1000, now) : "",
    String(record.UsageCount ?? ""),
    String(record.Shared),
    record.Description,
  ];
}

/** `system prune`. */
export const systemPruneCommand = command({
  name: "prune",
  summary: "Remove what nothing uses: containers, networks, images, build cache",
  usage: "[OPTIONS]",
  examples: [["system prune --all --volumes --force", "Everything that no running container needs"]],
  flags: {
    all: onOff("All images that no container uses, not only those without a name", "a"),
    filter: pruneFilterFlag,
    force: forceFlag,
    volumes: onOff("Anonymous volumes too"),
  },
  words: [0, 0],
  run: async (flags, _words, context) => {
    const what = [
      "all stopped containers",
      "all networks that no container uses",
      ...(flags.volumes ? ["all anonymous volumes that no container uses"] : []),
      flags.all ? "all images that no container uses" : "all images without a name",
      flags.all ? "all build cache" : "unused build cache",
    ];
    const warning = `This will remove:\n${what.map((each) => `  - ${each}\n`).join("")}`;
    if (!(await confirm(flags.force, warning, context))) return;
    const { client, signal, stdout } = context;
    const filters = parseFilters(flags.filter);
    let reclaimed = 0;
    const report = (title: string, names: readonly string[] | null, bytes = 0) => {
      reclaimed += bytes;
      if (names !== null && names.length > 0) stdout.write(`${title}:\n${names.join("\n")}\n\n`);
    };
    const containers = await client.containers.prune(filters, signal);
    report("Deleted Containers", containers.ContainersDeleted, containers.SpaceReclaimed);
    report("Deleted Networks", (await client.networks.prune(filters, signal)).NetworksDeleted);
    if (flags.volumes) {
      const volumes = await client.volumes.prune(filters, signal);
      report("Deleted Volumes", volumes.VolumesDeleted, volumes.SpaceReclaimed);
    }
    const dangling = [flags.all ? "false" : "true"];
    const images = await client.images.prune({ ...filters, dangling }, signal);
    const deleted = (images.ImagesDeleted ?? []).map((item) =>
      "Untagged" in item ? `untagged: ${item.Untagged}` : `deleted: ${item.Deleted}`,
    );
    report("Deleted Images", deleted, images.SpaceReclaimed);
    const { label: _labels, ...cacheFilters } = filters;
    const cache = await client.images.pruneBuildCache({ all: flags.all, filters: cacheFilters }, signal);
    report("Deleted build cache objects", cache.CachesDeleted, cache.SpaceReclaimed);
    stdout.write(`Total reclaimed space: ${printSize(reclaimed)}\n`);
  },
});

/** `builder prune`. */
export const builderPruneCommand = command({
  name: "prune",
  summary: "Remove build cache",
  usage: "[OPTIONS]",
  examples: [["builder prune --keep-storage 2g", "The least recently used, until two GiB are left"]],
  flags: {
    all: onOff("All of it, not only what no image shares", "a"),
    filter: pruneFilterFlag,
    force: forceFlag,
    "keep-storage": text("BYTES", "Keep this much"),
  },
  words: [0, 0],
  run: async (flags, _words, context) => {
    const what = flags.all ? "all build cache" : "all build cache that nothing uses";
    if (!(await confirm(flags.force, `This will remove ${what}.`, context))) return;
    const { client, signal, stdout } = context;
    const options = {
      all: flags.all,
      keepStorageBytes: sizeBytes("keep-storage", flags["keep-storage"]),
      filters: parseFilters(flags.filter),
    };
    const answer = await client.images.pruneBuildCache(options, signal);
    for (const id of answer.CachesDeleted ?? []) stdout.write(`${id}\n`);
    stdout.write(`Total reclaimed space: ${printSize(answer.SpaceReclaimed)}\n`);
  },
});
