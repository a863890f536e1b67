import { isIP } from "node:net";

/** What a resolver configuration says. */
export interface ResolvConf {
  readonly nameservers: readonly string[];
  readonly search: readonly string[];
  readonly options: readonly string[];
}

/** Source: resolv.conf(5). Of several `search` or `domain` lines the last counts. */
export function parseResolvConf(text: string): ResolvConf {
  const nameservers: string[] = [];
  const options: string[] = [];
  let search: readonly string[] = [];
  for (const line of text.split("\n")) {
    const [keyword, ...values] = (line.split(/[#;]/)[0] ?? "").trim().split(/\s+/);
    if (keyword === "nameserver" && values[0] !== undefined && isIP(withoutZone(values[0])) !== 0) {
      nameservers.push(values[0]);
    }
    if (keyword === "search" || keyword === "domain") search = values;
    if (keyword === "options") options.push(...values);
  }
  return { nameservers, search, options };
}

/** An address that means this very machine, which inside a container is the container. */
export function isLoopback(nameserver: string): boolean {
  return /^127\./.test(nameserver) || nameserver === "::1";
}

function withoutZone(address: string): string {
  return address.split("%")[0] ?? address;
}

export function printResolvConf(conf: ResolvConf): string {
  const lines = [
    ...conf.nameservers.map((nameserver) => `nameserver ${nameserver}`),
    ...(conf.search.length === 0 ? [] : [`search ${conf.search.join(" ")}`]),
    ...(conf.options.length === 0 ? [] : [`options ${conf.options.join(" ")}`]),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

export interface ContainerResolvers {
  /** Resolvers of the engine for the container's networks; empty on the default bridge. */
  readonly resolvers: readonly string[];
  /** Used when the host's own nameservers cannot be reached from a container. */
  readonly fallback: string | undefined;
  readonly dns: readonly string[];
  readonly dnsSearch: readonly string[];
  readonly dnsOptions: readonly string[];
}

/**
 * A container's `/etc/resolv.conf`: the engine's resolver where containers have names; else the servers the container asked
 * for, or the host's without its loopback ones. `--dns-search .` means none. IPv6 servers are out of reach on IPv4 networks.
 */
export function containerResolvConf(host: ResolvConf, wanted: ContainerResolvers): ResolvConf {
  const reachable = host.nameservers.filter((server) => !isLoopback(server) && isIP(server) === 4);
  const outside = wanted.dns.length > 0 ? wanted.dns : reachable;
  const fallback = wanted.fallback === undefined ? [] : [wanted.fallback];
  const nameservers =
    wanted.resolvers.length > 0 ? wanted.resolvers : outside.length > 0 ? outside : fallback;
  const search = wanted.dnsSearch.length > 0 ? wanted.dnsSearch.filter((name) => name !== ".") : host.search;
  return {
    // resolv.conf(5): at most three are used.
    nameservers: nameservers.slice(0, 3),
    search,
    options: wanted.dnsOptions.length > 0 ? wanted.dnsOptions : host.options,
  };
}

export interface HostsEntry {
  readonly address: string;
  readonly names: readonly string[];
}

/** `NAME:ADDRESS` or `NAME=ADDRESS` of `--add-host`; `host-gateway` stands for this host. Undefined when it is neither. */
export function parseExtraHost(text: string, hostGateway: string): HostsEntry | undefined {
  const match = /^([^\s:=]+)[:=](.+)$/.exec(text);
  if (match === null) return undefined;
  const [, name = "", value = ""] = match;
  const address = value === "host-gateway" ? hostGateway : value.replace(/^\[(.*)\]$/, "$1");
  return isIP(address) === 0 ? undefined : { address, names: [name] };
}

/** A container's `/etc/hosts`. */
export function printHosts(entries: readonly HostsEntry[]): string {
  const standard: readonly HostsEntry[] = [
    { address: "127.0.0.1", names: ["localhost"] },
    { address: "::1", names: ["localhost", "ip6-localhost", "ip6-loopback"] },
    { address: "fe00::", names: ["ip6-localnet"] },
    { address: "ff00::", names: ["ip6-mcastprefix"] },
    { address: "ff02::1", names: ["ip6-allnodes"] },
    { address: "ff02::2", names: ["ip6-allrouters"] },
  ];
  return [...standard, ...entries].map(({ address, names }) => `${address}\t${names.join(" ")}\n`).join("");
}

/** The container's own line: full name first when it has a domain. */
export function ownHostsEntry(address: string, hostname: string, domainname: string): HostsEntry {
  return { address, names: domainname === "" ? [hostname] : [`${hostname}.${domainname}`, hostname] };
}
