import type { ContainerSummary, Port } from "../../api/types/container.ts";
import { command } from "../command.ts";
import { number, onOff } from "../command-line.ts";
import { filterFlag, parseFilters } from "../filter-flag.ts";
import { formatFlag, type Listing, labelFields, printListing, printMoment } from "../listing.ts";
import { printAge, printSize, shortId } from "../units.ts";

const listing: Listing<Exclude<keyof ReturnType<typeof psRow>, "Label">> = {
  titles: {
    ID: "CONTAINER ID",
    Image: "IMAGE",
    Command: "COMMAND",
    CreatedAt: "CREATED AT",
    RunningFor: "CREATED",
    Status: "STATUS",
    State: "STATE",
    Ports: "PORTS",
    Names: "NAMES",
    Labels: "LABELS",
    LocalVolumes: "LOCAL VOLUMES",
    Networks: "NETWORKS",
    Mounts: "MOUNTS",
    Size: "SIZE",
  },
  columns: ["ID", "Image", "Command", "RunningFor", "Status", "Ports", "Names"],
};

/** `ps`. */
export const psCommand = command({
  name: "ps",
  summary: "List containers",
  usage: "[OPTIONS]",
  examples: [
    ["ps", "What runs"],
    ["ps -a --filter status=exited", "What has ended"],
    ['ps --format "table {{.Names}}\\t{{.Status}}"', "Two columns of your choice"],
  ],
  flags: {
    all: onOff("Show all containers, not only running ones", "a"),
    filter: filterFlag,
    format: formatFlag,
    last: number("N", "Show the N containers created last", "n"),
    latest: onOff("Show the container created last", "l"),
    "no-trunc": onOff("Do not shorten"),
    quiet: onOff("Only print ids", "q"),
    size: onOff("Show sizes", "s"),
  },
  words: [0, 0],
  run: async (flags, _words, { client, signal, stdout }) => {
    const limit = flags.latest ? 1 : flags.last;
    const filters = parseFilters(flags.filter);
    const size = flags.size || /\.Size\b/.test(flags.format ?? "");
    const list = await client.containers.list({ all: flags.all, limit, size, filters }, signal);
    const rows = list.map((row) => psRow(row, flags["no-trunc"]));
    if (flags.quiet && flags.format === undefined) stdout.write(rows.map((row) => `${row.ID}\n`).join(""));
    else {
      const columns = flags.size ? [...listing.columns, "Size" as const] : listing.columns;
      stdout.write(printListing({ ...listing, columns }, rows, flags.format));
    }
  },
});

/** The names are those that templates of the docker command use. */
function psRow(row: ContainerSummary, whole: boolean) {
  const line = row.Command.length > 20 && !whole ? `${row.Command.slice(0, 19)}…` : row.Command;
  const mounts = (row.Mounts ?? []).map((mount) => mount.Name ?? mount.Source);
  const names = row.Names.map((name) => name.replace(/^\//, ""));
  return {
    ID: whole ? row.Id : shortId(row.Id),
    Image: row.Image,
    Command: JSON.stringify(line),
    CreatedAt: printMoment(new Date(row.Created * 1000)),
    RunningFor: printAge(row.Created, Date.now()),
    Status: row.Status,
    State: row.State,
    Ports: printPorts(row.Ports),
    Names: (whole ? names : names.filter((name) => !name.includes("/"))).join(","),
    ...labelFields(row.Labels),
    LocalVolumes: String((row.Mounts ?? []).filter((mount) => mount.Driver === "local").length),
    Networks: Object.keys(row.NetworkSettings?.Networks ?? {}).join(","),
    Mounts: mounts.map((mount) => (mount.length > 15 && !whole ? `${mount.slice(0, 14)}…` : mount)).join(","),
    Size: `${printSize(row.SizeRw ?? 0)} (virtual ${printSize(row.SizeRootFs ?? 0)})`,
  };
}

function printPorts(ports: readonly Port[] | null): string {
  return (ports ?? [])
    .map(({ IP, PrivatePort, PublicPort, Type }) => {
      if (PublicPort === undefined) return `${PrivatePort}/${Type}`;
      const host = IP?.includes(":") ? `[${IP}]` : IP;
      return `${host}:${PublicPort}->${PrivatePort}/${Type}`;
    })
    .sort()
    .join(", ");
}
