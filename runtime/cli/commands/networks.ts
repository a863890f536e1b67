import { BlockList, isIP, isIPv6 } from "node:net";
import { ApiError } from "../../api/api-error.ts";
import type { EndpointSettings, IpamPool, NetworkInspect } from "../../api/types/network.ts";
import { type Command, command, forEachName } from "../command.ts";
import { list, number, onOff, text, UsageError } from "../command-line.ts";
import { confirm, forceFlag } from "../confirm.ts";
import { filterFlag, parseFilters, pruneFilterFlag } from "../filter-flag.ts";
import { formatFlag, type Listing, labelFields, printListing } from "../listing.ts";
import { cut, pairs } from "../request-values.ts";
import { shortId } from "../units.ts";
import { inspectAll } from "./inspect.ts";

const listing: Listing<Exclude<keyof ReturnType<typeof networkRow>, "Label">> = {
  titles: {
    ID: "NETWORK ID",
    Name: "NAME",
    Driver: "DRIVER",
    Scope: "SCOPE",
    IPv4: "IPV4",
    IPv6: "IPV6",
    Internal: "INTERNAL",
    Labels: "LABELS",
    CreatedAt: "CREATED AT",
  },
  columns: ["ID", "Name", "Driver", "Scope"],
};

function networkRow(network: NetworkInspect, whole: boolean) {
  return {
    ID: whole ? network.Id : shortId(network.Id),
    Name: network.Name,
    Driver: network.Driver,
    Scope: network.Scope,
    IPv4: String(network.EnableIPv4 ?? true),
    IPv6: String(network.EnableIPv6),
    Internal: String(network.Internal),
    ...labelFields(network.Labels),
    CreatedAt: network.Created,
  };
}

/** `network`. */
export const networkCommands: readonly Command[] = [
  command({
    name: "create",
    summary: "Create a network",
    usage: "[OPTIONS] NAME",
    examples: [
      ["network create back", "Containers on it find each other by name"],
      ["network create --subnet 10.5.0.0/16 --gateway 10.5.0.1 lab", "With addresses of your choice"],
      ["network create -d macvlan --subnet 192.168.1.0/24 -o parent=eth0 lan", "On the network of this host"],
    ],
    flags: {
      attachable: onOff("Let containers be connected by hand"),
      "aux-address": list("NAME=IP", "An address of a subnet that is not given to containers"),
      driver: text("DRIVER", "Driver (default bridge)", "d"),
      gateway: list("IP", "Gateway of a subnet"),
      internal: onOff("Without a way out"),
      "ip-range": list("CIDR", "Addresses of a subnet to give to containers"),
      "ipam-driver": text("DRIVER", "Address management (default default)"),
      "ipam-opt": list("NAME=VALUE", "Set an option of the address management"),
      ipv4: onOff("With IPv4 (on)", undefined, true),
      ipv6: onOff("With IPv6"),
      label: list("NAME=VALUE", "Set a label"),
      opt: list("NAME=VALUE", "Set an option of the driver", "o"),
      subnet: list("CIDR", "Subnet"),
    },
    words: [1, 1],
    run: async (flags, [name = ""], { client, signal, stdout, stderr }) => {
      const pools = addressPools(flags);
      const { Id, Warning } = await client.networks.create(
        {
          Name: name,
          Driver: flags.driver ?? "bridge",
          Internal: flags.internal,
          Attachable: flags.attachable,
          EnableIPv4: flags.ipv4 ? undefined : false,
          EnableIPv6: flags.ipv6 || undefined,
          IPAM: {
            Driver: flags["ipam-driver"] ?? "default",
            Config: pools,
            Options: flags["ipam-opt"].length === 0 ? undefined : pairs(flags["ipam-opt"]),
          },
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
      format: formatFlag,
      "no-trunc": onOff("Do not shorten"),
      quiet: onOff("Only print ids", "q"),
    },
    words: [0, 0],
    run: async (flags, _words, { client, signal, stdout }) => {
      const networks = await client.networks.list(parseFilters(flags.filter), signal);
      const rows = networks.map((network) => networkRow(network, flags["no-trunc"]));
      if (flags.quiet && flags.format === undefined) stdout.write(rows.map((row) => `${row.ID}\n`).join(""));
      else stdout.write(printListing(listing, rows, flags.format));
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
    usage: "[OPTIONS] NETWORK [NETWORK...]",
    flags: { force: onOff("Do not complain about one that is not there", "f") },
    words: [1, Number.POSITIVE_INFINITY],
    run: ({ force }, names, context) =>
      forEachName(names, context, async (name) => {
        await context.client.networks.remove(name, context.signal).catch((error: unknown) => {
          if (!(force && error instanceof ApiError && error.status === 404)) throw error;
        });
        context.stdout.write(`${name}\n`);
      }),
  }),
  command({
    name: "connect",
    summary: "Connect a container to a network",
    usage: "[OPTIONS] NETWORK CONTAINER",
    flags: {
      alias: list("NAME", "Another name on this network"),
      "driver-opt": list("NAME=VALUE", "Set an option of the driver"),
      "gw-priority": number("N", "The network with the highest is the way out"),
      ip: text("IP", "IPv4 address"),
      ip6: text("IP", "IPv6 address"),
      link: list("CONTAINER[:ALIAS]", "Let it find another container by a name"),
      "link-local-ip": list("IP", "Another address of the link"),
    },
    words: [2, 2],
    run: (flags, [network = "", container = ""], { client, signal }) => {
      const { ip, ip6 } = flags;
      const linkLocal = flags["link-local-ip"];
      const hasAddress = ip !== undefined || ip6 !== undefined || linkLocal.length > 0;
      const endpoint: EndpointSettings = {
        Aliases: flags.alias,
        IPAMConfig: hasAddress ? { IPv4Address: ip, IPv6Address: ip6, LinkLocalIPs: linkLocal } : undefined,
        Links: flags.link.length === 0 ? undefined : flags.link,
        DriverOpts: flags["driver-opt"].length === 0 ? undefined : pairs(flags["driver-opt"]),
        GwPriority: flags["gw-priority"],
      };
      return client.networks.connect(network, container, endpoint, signal);
    },
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
    flags: { filter: pruneFilterFlag, force: forceFlag },
    words: [0, 0],
    run: async (flags, _words, context) => {
      const warning = "This will remove all networks that no container uses.";
      if (!(await confirm(flags.force, warning, context))) return;
      const { client, signal, stdout } = context;
      const answer = await client.networks.prune(parseFilters(flags.filter), signal);
      for (const name of answer.NetworksDeleted ?? []) stdout.write(`${name}\n`);
    },
  }),
];

/** Ranges, gateways and reserved addresses go to the subnet that contains them. Throws `UsageError` when none does. */
function addressPools(flags: {
  readonly subnet: readonly string[];
  readonly gateway: readonly string[];
  readonly "ip-range": readonly string[];
  readonly "aux-address": readonly string[];
}): readonly IpamPool[] {
  const pools = flags.subnet.map((subnet) => {
    const pool: {
      Subnet: string;
      Gateway?: string;
      IPRange?: string;
      AuxiliaryAddresses?: Record<string, string>;
    } = {
      Subnet: subnet,
    };
    return { pool, list: subnetList(subnet) };
  });
  const poolOf = (flag: string, written: string, address: string) => {
    const family = isIPv6(address) ? "ipv6" : "ipv4";
    const found = pools.find(({ list }) => isIP(address) !== 0 && list.check(address, family));
    if (found === undefined) throw new UsageError(`no matching subnet for --${flag} ${written}`);
    return found.pool;
  };
  for (const gateway of flags.gateway) poolOf("gateway", gateway, gateway).Gateway = gateway;
  for (const range of flags["ip-range"]) {
    poolOf("ip-range", range, range.split("/")[0] ?? "").IPRange = range;
  }
  for (const each of flags["aux-address"]) {
    const [name, address] = cut(each, "=");
    const pool = poolOf("aux-address", each, address);
    pool.AuxiliaryAddresses = { ...pool.AuxiliaryAddresses, [name]: address };
  }
  return pools.map(({ pool }) => pool);
}

function subnetList(subnet: string): BlockList {
  const list = new BlockList();
  const [address = "", prefix = ""] = subnet.split("/");
  if (isIP(address) === 0 || !/^\d{1,3}$/.test(prefix)) {
    throw new UsageError(`invalid argument "${subnet}" for --subnet: use ADDRESS/BITS`);
  }
  list.addSubnet(address, Number(prefix), isIPv6(address) ? "ipv6" : "ipv4");
  return list;
}
