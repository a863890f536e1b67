import { type Command, command, forEachName } from "../command.ts";
import { list, onOff, text } from "../command-line.ts";
import { filterFlag, parseFilters } from "../filter-flag.ts";
import { pairs } from "../run-request.ts";
import { printTable } from "../table.ts";
import { compileTemplate } from "../template.ts";
import { shortId } from "../units.ts";
import { inspectAll } from "./inspect.ts";

/** `network`. */
export const networkCommands: readonly Command[] = [
  command({
    name: "create",
    summary: "Create a network",
    usage: "[OPTIONS] NETWORK",
    flags: {
      attachable: onOff("Let containers be connected by hand"),
      driver: text("DRIVER", "Driver (default bridge)", "d"),
      gateway: list("IP", "Gateway of a subnet"),
      internal: onOff("Without a way out"),
      "ip-range": list("CIDR", "Addresses of a subnet to give to containers"),
      ipv6: onOff("With IPv6"),
      label: list("NAME=VALUE", "Set a label"),
      opt: list("NAME=VALUE", "Set an option of the driver", "o"),
      subnet: list("CIDR", "Subnet"),
    },
    words: [1, 1],
    run: async (flags, [name = ""], { client, signal, stdout, stderr }) => {
      const pools = flags.subnet.map((Subnet, index) => ({
        Subnet,
        Gateway: flags.gateway[index],
        IPRange: flags["ip-range"][index],
      }));
      const { Id, Warning } = await client.networks.create(
        {
          Name: name,
          Driver: flags.driver ?? "bridge",
          Internal: flags.internal,
          Attachable: flags.attachable,
          EnableIPv6: flags.ipv6 || undefined,
          IPAM: { Driver: "default", Config: pools },
          Options: pairs(flags.opt),
          Labels: pairs(flags.label),
        },
        signal,
      );
      if (Warning) stderr.write(`WARNING: ${Warning}\n`);
      stdout.write(`${Id}\n`);
    },
  }),
  command({
    name: "ls",
    summary: "List networks",
    usage: "[OPTIONS]",
    flags: {
      filter: filterFlag,
      format: text("TEMPLATE", "Print each with a template"),
      quiet: onOff("Only print ids", "q"),
    },
    words: [0, 0],
    run: async (flags, _words, { client, signal, stdout }) => {
      const networks = await client.networks.list(parseFilters(flags.filter), signal);
      if (flags.quiet) stdout.write(networks.map(({ Id }) => `${shortId(Id)}\n`).join(""));
      else if (flags.format !== undefined) {
        const print = compileTemplate(flags.format);
        stdout.write(
          networks.map((network) => `${print({ ...network, ID: shortId(network.Id) })}\n`).join(""),
        );
      } else {
        const rows = networks.map(({ Id, Name, Driver, Scope }) => [shortId(Id), Name, Driver, Scope]);
        stdout.write(printTable(["NETWORK ID", "NAME", "DRIVER", "SCOPE"], rows));
      }
    },
  }),
  command({
    name: "inspect",
    summary: "Show what the engine knows about networks",
    usage: "[OPTIONS] NETWORK [NETWORK...]",
    flags: { format: text("TEMPLATE", "Print each with a template", "f") },
    words: [1, Number.POSITIVE_INFINITY],
    run: (flags, names, context) =>
      inspectAll(names, flags.format, context, (name) =>
        context.client.networks.inspect(name, context.signal),
      ),
  }),
  command({
    name: "rm",
    summary: "Remove networks",
    usage: "NETWORK [NETWORK...]",
    flags: {},
    words: [1, Number.POSITIVE_INFINITY],
    run: (_flags, names, context) =>
      forEachName(names, context, async (name) => {
        await context.client.networks.remove(name, context.signal);
        context.stdout.write(`${name}\n`);
      }),
  }),
  command({
    name: "connect",
    summary: "Connect a container to a network",
    usage: "[OPTIONS] NETWORK CONTAINER",
    flags: { alias: list("NAME", "Another name on this network"), ip: text("IP", "IPv4 address") },
    words: [2, 2],
    run: ({ alias, ip }, [network = "", container = ""], { client, signal }) =>
      client.networks.connect(
        network,
        container,
        { Aliases: alias, IPAMConfig: ip === undefined ? undefined : { IPv4Address: ip } },
        signal,
      ),
  }),
  command({
    name: "disconnect",
    summary: "Disconnect a container from a network",
    usage: "[OPTIONS] NETWORK CONTAINER",
    flags: { force: onOff("Also when the container is not there any more", "f") },
    words: [2, 2],
    run: ({ force }, [network = "", container = ""], { client, signal }) =>
      client.networks.disconnect(network, container, { force }, signal),
  }),
  command({
    name: "prune",
    summary: "Remove networks that no container uses",
    usage: "[OPTIONS]",
    flags: { filter: filterFlag, force: onOff("Accepted for docker's sake: nothing is asked", "f") },
    words: [0, 0],
    run: async (flags, _words, { client, signal, stdout }) => {
      const answer = await client.networks.prune(parseFilters(flags.filter), signal);
      for (const name of answer.NetworksDeleted ?? []) stdout.write(`${name}\n`);
    },
  }),
];
