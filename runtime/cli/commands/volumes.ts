import type { Volume } from "../../api/types/volume.ts";
import { type Command, command, forEachName } from "../command.ts";
import { list, onOff, text } from "../command-line.ts";
import { confirm, forceFlag } from "../confirm.ts";
import { filterFlag, parseFilters, pruneFilterFlag } from "../filter-flag.ts";
import { formatFlag, type Listing, labelFields, printListing } from "../listing.ts";
import { pairs } from "../request-values.ts";
import { printSize } from "../units.ts";
import { inspectAll } from "./inspect.ts";

const listing: Listing<Exclude<keyof ReturnType<typeof volumeRow>, "Label">> = {
  titles: {
    Name: "VOLUME NAME",
    Driver: "DRIVER",
    Scope: "SCOPE",
    Mountpoint: "MOUNTPOINT",
    Labels: "LABELS",
    Links: "LINKS",
    Size: "SIZE",
  },
  columns: ["Driver", "Name"],
};

function volumeRow(volume: Volume) {
  const usage = volume.UsageData ?? undefined;
  return {
    Name: volume.Name,
    Driver: volume.Driver,
    Scope: volume.Scope,
    Mountpoint: volume.Mountpoint,
    ...labelFields(volume.Labels),
    Links: usage === undefined ? "N/A" : String(usage.RefCount),
    Size: usage === undefined ? "N/A" : printSize(usage.Size),
  };
}

/** `volume`. */
export const volumeCommands: readonly Command[] = [
  command({
    name: "create",
    summary: "Create a volume",
    usage: "[OPTIONS] [NAME]",
    examples: [
      ["volume create data", "Kept until you remove it"],
      [
        "volume create --opt type=tmpfs --opt device=tmpfs --opt o=size=64m scratch",
        "In memory, at most 64 MB",
      ],
    ],
    flags: {
      driver: text("DRIVER", "Driver (default local)", "d"),
      label: list("NAME=VALUE", "Set a label"),
      opt: list("NAME=VALUE", "Set an option of the driver", "o"),
    },
    words: [0, 1],
    run: async (flags, [name], { client, signal, stdout }) => {
      const request = {
        Name: name,
        Driver: flags.driver,
        DriverOpts: pairs(flags.opt),
        Labels: pairs(flags.label),
      };
      stdout.write(`${(await client.volumes.create(request, signal)).Name}\n`);
    },
  }),
  command({
    name: "ls",
    summary: "List volumes",
    usage: "[OPTIONS]",
    flags: {
      filter: filterFlag,
      format: formatFlag,
      quiet: onOff("Only print names", "q"),
    },
    words: [0, 0],
    run: async (flags, _words, { client, signal, stdout }) => {
      const rows = (await client.volumes.list(parseFilters(flags.filter), signal)).map(volumeRow);
      if (flags.quiet && flags.format === undefined)
        stdout.write(rows.map((row) => `${row.Name}\n`).join(""));
      else stdout.write(printListing(listing, rows, flags.format));
    },
  }),
  command({
    name: "inspect",
    summary: "Show what the engine knows about volumes",
    usage: "[OPTIONS] VOLUME [VOLUME...]",
    flags: { format: text("TEMPLATE", "Print each with a template", "f") },
    words: [1, Number.POSITIVE_INFINITY],
    run: (flags, names, context) =>
      inspectAll(names, flags.format, context, (name) =>
        context.client.volumes.inspect(name, context.signal),
      ),
  }),
  command({
    name: "rm",
    summary: "Remove volumes",
    usage: "[OPTIONS] VOLUME [VOLUME...]",
    flags: { force: onOff("Do not complain about one that is not there", "f") },
    words: [1, Number.POSITIVE_INFINITY],
    run: ({ force }, names, context) =>
      forEachName(names, context, async (name) => {
        await context.client.volumes.remove(name, { force }, context.signal);
        context.stdout.write(`${name}\n`);
      }),
  }),
  command({
    name: "prune",
    summary: "Remove anonymous volumes that no container uses",
    usage: "[OPTIONS]",
    flags: {
      all: onOff("Remove named ones too", "a"),
      filter: pruneFilterFlag,
      force: forceFlag,
    },
    words: [0, 0],
    run: async (flags, _words, context) => {
      const what = flags.all ? "all volumes" : "anonymous volumes";
      if (!(await confirm(flags.force, `This will remove ${what} that no container uses.`, context))) return;
      const { client, signal, stdout } = context;
      const filters = { ...parseFilters(flags.filter), ...(flags.all ? { all: ["true"] } : {}) };
      const answer = await client.volumes.prune(filters as Record<string, readonly string[]>, signal);
      for (const name of answer.VolumesDeleted ?? []) stdout.write(`${name}\n`);
      stdout.write(`Total reclaimed space: ${printSize(answer.SpaceReclaimed)}\n`);
    },
  }),
];
