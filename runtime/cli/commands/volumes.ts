import { type Command, command, forEachName } from "../command.ts";
import { list, onOff, text } from "../command-line.ts";
import { filterFlag, parseFilters } from "../filter-flag.ts";
import { pairs } from "../run-request.ts";
import { printTable } from "../table.ts";
import { compileTemplate } from "../template.ts";
import { printSize } from "../units.ts";
import { inspectAll } from "./inspect.ts";

/** `volume`. */
export const volumeCommands: readonly Command[] = [
  command({
    name: "create",
    summary: "Create a volume",
    usage: "[OPTIONS] [VOLUME]",
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
      format: text("TEMPLATE", "Print each with a template"),
      quiet: onOff("Only print names", "q"),
    },
    words: [0, 0],
    run: async (flags, _words, { client, signal, stdout }) => {
      const volumes = await client.volumes.list(parseFilters(flags.filter), signal);
      if (flags.quiet) stdout.write(volumes.map(({ Name }) => `${Name}\n`).join(""));
      else if (flags.format !== undefined) {
        const print = compileTemplate(flags.format);
        stdout.write(volumes.map((volume) => `${print(volume)}\n`).join(""));
      } else {
        stdout.write(
          printTable(
            ["DRIVER", "VOLUME NAME"],
            volumes.map(({ Driver, Name }) => [Driver, Name]),
          ),
        );
      }
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
      filter: filterFlag,
      force: onOff("Accepted for docker's sake: nothing is asked", "f"),
    },
    words: [0, 0],
    run: async (flags, _words, { client, signal, stdout }) => {
      const filters = { ...parseFilters(flags.filter), ...(flags.all ? { all: ["true"] } : {}) };
      const answer = await client.volumes.prune(filters as Record<string, readonly string[]>, signal);
      for (const name of answer.VolumesDeleted ?? []) stdout.write(`${name}\n`);
      stdout.write(`Total reclaimed space: ${printSize(answer.SpaceReclaimed)}\n`);
    },
  }),
];
