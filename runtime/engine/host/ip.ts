import type { Command } from "./run.ts";

/**
 * `ip -batch -`: many changes by one process, in this namespace or in the one named. Stops at the first that fails.
 * Source: ip(8).
 */
export function ipBatch(lines: readonly string[], netns?: string): Command<void> {
  const namespace: readonly string[] = netns === undefined ? [] : ["-n", netns];
  return { argv: ["ip", ...namespace, "-batch", "-"], stdin: `${lines.join("\n")}\n`, parse: () => {} };
}

/** The same, but goes on after a line that fails (its exit code then tells of it all the same). */
export function ipBatchForced(lines: readonly string[], netns?: string): Command<void> {
  const command = ipBatch(lines, netns);
  const [program, ...rest] = command.argv;
  return { ...command, argv: [program, "-force", ...rest] };
}

export interface Link {
  readonly name: string;
  /** Name of the bridge it belongs to. */
  readonly master: string | undefined;
  readonly alias: string | undefined;
  readonly kind: string | undefined;
  readonly isUp: boolean;
}

/** `ip -j -d link show`. */
export function listLinks(netns?: string): Command<readonly Link[]> {
  return { argv: ["ip", ...namespaceOption(netns), "-j", "-d", "link", "show"], parse: parseLinks };
}

/** One address of an interface. */
export interface InterfaceAddress {
  readonly link: string;
  /** IPv4 or IPv6. */
  readonly address: string;
  readonly prefixLength: number;
}

/** `ip -j address show`. */
export function listAddresses(netns?: string): Command<readonly InterfaceAddress[]> {
  return { argv: ["ip", ...namespaceOption(netns), "-j", "address", "show"], parse: parseAddresses };
}

/** `ip -j -4 route show`: the destinations that have a route of their own, as CIDR; the default route is left out. */
export function listRoutedSubnets(family: 4 | 6): Command<readonly string[]> {
  return { argv: ["ip", "-j", `-${family}`, "route", "show"], parse: parseRoutes };
}

/** Source: what iproute2 6.1 prints. */
export function parseLinks(json: string): readonly Link[] {
  return parseRows(json).map((row) => ({
    name: text(row.ifname) ?? "",
    master: text(row.master),
    alias: text(row.ifalias),
    kind: text(field(row.linkinfo, "info_kind")),
    isUp: Array.isArray(row.flags) && row.flags.includes("UP"),
  }));
}

export function parseAddresses(json: string): readonly InterfaceAddress[] {
  return parseRows(json).flatMap((row) => {
    const infos: readonly unknown[] = Array.isArray(row.addr_info) ? row.addr_info : [];
    return infos.flatMap((info) => {
      const address = text(field(info, "local"));
      const prefixLength = field(info, "prefixlen");
      if (address === undefined || typeof prefixLength !== "number") return [];
      return [{ link: text(row.ifname) ?? "", address, prefixLength }];
    });
  });
}

export function parseRoutes(json: string): readonly string[] {
  return parseRows(json)
    .flatMap((row) => text(row.dst) ?? [])
    .filter((destination) => destination !== "default")
    .map((destination) =>
      destination.includes("/") ? destination : `${destination}/${destination.includes(":") ? 128 : 32}`,
    );
}

function namespaceOption(netns: string | undefined): readonly string[] {
  return netns === undefined ? [] : ["-n", netns];
}

function parseRows(json: string): readonly Readonly<Record<string, unknown>>[] {
  const value: unknown = json.trim() === "" ? [] : JSON.parse(json);
  if (!Array.isArray(value)) return [];
  return value.filter(isRecord);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function field(value: unknown, name: string): unknown {
  return isRecord(value) ? value[name] : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
