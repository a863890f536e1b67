import { isIPv4, isIPv6 } from "node:net";
import { EngineError } from "../error.ts";

/** Options of the bridge driver. */
export interface BridgeOptions {
  readonly masquerade: boolean;
  readonly containersTalk: boolean;
  readonly mtu: number | undefined;
  /** Where ports are published when the container names no address; undefined for the engine's default. */
  readonly defaultHostIp: string | undefined;
  readonly bridge: string | undefined;
  /** What links are called in containers, before their number. */
  readonly linkPrefix: string;
  /** Addresses of this host that containers show outside; undefined for that of the way out. */
  readonly hostIpv4: string | undefined;
  readonly hostIpv6: string | undefined;
  /** Devices of this host whose neighbours reach every port of every container. */
  readonly trustedLinks: readonly string[];
}

/** Options of the macvlan driver. */
export interface MacvlanOptions {
  /** A device of this host: `eth0`, or a VLAN of one, `eth0.10`. */
  readonly parent: string | undefined;
  readonly mode: MacvlanMode;
  readonly mtu: number | undefined;
}

export type MacvlanMode = "bridge" | "private" | "vepa" | "passthru";

const prefix = "com.docker.network.";
const mtuOption = `${prefix}driver.mtu`;
const linkPattern = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,14}$/;

type Options = Readonly<Record<string, string>>;

/** Throws `invalid-argument` for bad values, `not-implemented` for options that cannot be honoured. Source: Docker's bridge driver, "Options". */
export function parseBridgeOptions(options: Options): BridgeOptions {
  refuseUnknown("bridge", options, [
    "bridge.name",
    "bridge.enable_ip_masquerade",
    "bridge.enable_icc",
    "bridge.host_binding_ipv4",
    "bridge.gateway_mode_ipv4",
    "bridge.gateway_mode_ipv6",
    "bridge.trusted_host_interfaces",
    "container_iface_prefix",
    "host_ipv4",
    "host_ipv6",
    "driver.mtu",
  ]);
  for (const family of ["ipv4", "ipv6"]) {
    const mode = options[`${prefix}bridge.gateway_mode_${family}`] ?? "nat";
    if (mode !== "nat")
      throw refusal(`the option ${prefix}bridge.gateway_mode_${family}=${mode} (only nat is)`);
  }
  const linkPrefix = options[`${prefix}container_iface_prefix`] ?? "eth";
  if (!/^[a-zA-Z][a-zA-Z0-9_-]{0,11}$/.test(linkPrefix)) {
    throw invalid(`invalid container_iface_prefix ${JSON.stringify(linkPrefix)}: at most 12 characters`);
  }
  return {
    masquerade: parseFlag(options, "bridge.enable_ip_masquerade"),
    containersTalk: parseFlag(options, "bridge.enable_icc"),
    mtu: parseMtu(options[mtuOption]),
    defaultHostIp: parseIp(options, "bridge.host_binding_ipv4", isIPv4),
    bridge: parseLinkName(options, "bridge.name"),
    linkPrefix,
    hostIpv4: parseIp(options, "host_ipv4", isIPv4),
    hostIpv6: parseIp(options, "host_ipv6", isIPv6),
    trustedLinks: (options[`${prefix}bridge.trusted_host_interfaces`] ?? "")
      .split(":")
      .filter((name) => name !== "")
      .map((name) => checkLinkName(name, "trusted host interface")),
  };
}

/** Throws like `parseBridgeOptions`. Source: Docker's macvlan driver, "Options". */
export function parseMacvlanOptions(options: Options): MacvlanOptions {
  const own = Object.fromEntries(
    Object.entries(options).filter(([name]) => !["parent", "macvlan_mode"].includes(name)),
  );
  refuseUnknown("macvlan", own, ["driver.mtu"]);
  const mode = options.macvlan_mode ?? "bridge";
  if (mode !== "bridge" && mode !== "private" && mode !== "vepa" && mode !== "passthru") {
    throw invalid(`invalid macvlan_mode ${JSON.stringify(mode)}: want bridge, private, vepa or passthru`);
  }
  const parent = options.parent;
  if (parent !== undefined) checkLinkName(parent, "parent");
  return { parent, mode, mtu: parseMtu(options[mtuOption]) };
}

function refuseUnknown(driver: string, options: Options, names: readonly string[]): void {
  const known = new Set(names.map((name) => prefix + name));
  for (const name of Object.keys(options)) {
    // Options of other programs (and of no driver) are theirs to read.
    if (name.startsWith(prefix) && !known.has(name)) throw refusal(`the option ${name} of driver ${driver}`);
  }
}

function parseFlag(options: Options, name: string): boolean {
  const value = options[prefix + name];
  if (value === undefined || ["1", "t", "T", "true", "TRUE", "True"].includes(value)) return true;
  if (["0", "f", "F", "false", "FALSE", "False"].includes(value)) return false;
  throw invalid(`invalid value ${JSON.stringify(value)} of ${prefix}${name}: want true or false`);
}

function parseMtu(mtu: string | undefined): number | undefined {
  // 0 is the driver's default.
  if (mtu === undefined || mtu === "0") return undefined;
  if (!/^[0-9]{2,5}$/.test(mtu) || Number(mtu) < 68 || Number(mtu) > 65535) {
    throw invalid(`invalid MTU ${JSON.stringify(mtu)}`);
  }
  return Number(mtu);
}

function parseIp(options: Options, name: string, isValid: (text: string) => boolean): string | undefined {
  const text = options[prefix + name];
  if (text === undefined || text === "") return undefined;
  if (!isValid(text)) throw invalid(`invalid address ${JSON.stringify(text)} of ${prefix}${name}`);
  return text;
}

function parseLinkName(options: Options, name: string): string | undefined {
  const text = options[prefix + name];
  return text === undefined ? undefined : checkLinkName(text, "bridge name");
}

function checkLinkName(text: string, what: string): string {
  if (linkPattern.test(text)) return text;
  throw invalid(`invalid ${what} ${JSON.stringify(text)}: at most 15 characters`);
}

function invalid(message: string): EngineError {
  return new EngineError("invalid-argument", message);
}

function refusal(what: string): EngineError {
  return new EngineError("not-implemented", `networks with ${what} are not implemented in this engine`);
}
