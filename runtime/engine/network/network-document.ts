import type { IpamPool, NetworkCreateRequest, NetworkInspect } from "../../api/types/network.ts";
import { EngineError } from "../error.ts";
import {
  type Address,
  contains,
  isUsable,
  parseAddress,
  parseSubnet,
  printAddress,
  printSubnet,
  type Subnet,
} from "./address.ts";
import type { Pool } from "./ipam.ts";

export type NetworkDriver = "bridge" | "host" | "null";

/** What is on disk of a network. */
export interface NetworkDocument {
  readonly id: string;
  readonly name: string;
  readonly created: string;
  readonly driver: NetworkDriver;
  readonly predefined: boolean;
  readonly internal: boolean;
  readonly attachable: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
  /** Only networks with bridges have these two. */
  readonly bridge?: string;
  readonly pool?: PoolDocument;
}

/** Addresses as text, the way `inspect` shows them. */
export interface PoolDocument {
  readonly subnet: string;
  readonly gateway: string;
  readonly range?: string;
  readonly reserved?: Readonly<Record<string, string>>;
}

export interface BridgeOptions {
  readonly masquerade: boolean;
  readonly containersTalk: boolean;
  readonly mtu: number | undefined;
  /** Where ports are published when the container names no address. */
  readonly defaultHostIp: string;
  readonly bridge: string | undefined;
}

const namePattern = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

/** Fails with `invalid-argument` or `not-implemented` for what no network here can be. */
export function checkRequest(request: NetworkCreateRequest): void {
  if (!namePattern.test(request.Name ?? "") || request.Name.length > 200) {
    throw new EngineError(
      "invalid-argument",
      `invalid network name ${JSON.stringify(request.Name ?? "")}: only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`,
    );
  }
  checkDriver(request.Driver ?? "");
  if (request.EnableIPv6 === true) refuse("IPv6 networks (EnableIPv6)");
  if (request.EnableIPv4 === false) refuse("networks without IPv4 (EnableIPv4=false)");
  if (request.Ingress === true) refuse("ingress networks (they need a Swarm)");
  if (request.ConfigOnly === true) refuse("configuration-only networks (ConfigOnly)");
  if ((request.ConfigFrom?.Network ?? "") !== "") refuse("networks with ConfigFrom");
  if (request.Scope !== undefined && !["", "local"].includes(request.Scope)) {
    refuse(`networks of scope ${request.Scope}`);
  }
  const ipamDriver = request.IPAM?.Driver ?? "";
  if (!["", "default"].includes(ipamDriver)) {
    throw new EngineError(
      "invalid-argument",
      `error looking up IPAM driver "${ipamDriver}": there is only default`,
    );
  }
  parseBridgeOptions(request.Options ?? {});
}

function checkDriver(driver: string): void {
  if (driver === "" || driver === "bridge" || driver === "default") return;
  if (driver === "host" || driver === "null") {
    throw new EngineError("forbidden", `only one instance of "${driver}" network is allowed`);
  }
  if (driver === "overlay") {
    throw new EngineError(
      "forbidden",
      "overlay networks need a Swarm manager; this engine is no Swarm node. Use driver bridge on one host",
    );
  }
  if (["macvlan", "ipvlan"].includes(driver)) refuse(`network driver "${driver}"`);
  throw new EngineError(
    "not-found",
    `could not find plugin ${driver} in v1 plugin registry: plugin not found`,
  );
}

function refuse(what: string): never {
  throw new EngineError("not-implemented", `${what} are not implemented in this engine yet`);
}

/** Options of the bridge driver. Those that cannot be honoured are refused by name. Source: Docker's bridge driver, "Options". */
export function parseBridgeOptions(options: Readonly<Record<string, string>>): BridgeOptions {
  const prefix = "com.docker.network.";
  const known = new Set(
    [
      "bridge.name",
      "bridge.enable_ip_masquerade",
      "bridge.enable_icc",
      "bridge.host_binding_ipv4",
      "driver.mtu",
    ].map((name) => prefix + name),
  );
  for (const name of Object.keys(options)) {
    if (name.startsWith(prefix) && !known.has(name)) refuse(`networks with the option ${name}`);
  }
  const flag = (name: string) => {
    const value = options[`${prefix}${name}`];
    return value === undefined || ["true", "1", "t", "T", "TRUE", "True"].includes(value);
  };
  const mtu = options[`${prefix}driver.mtu`];
  const bridge = options[`${prefix}bridge.name`];
  const hostIp = options[`${prefix}bridge.host_binding_ipv4`] ?? "0.0.0.0";
  if (mtu !== undefined && (!/^[0-9]{2,5}$/.test(mtu) || Number(mtu) < 68)) {
    throw new EngineError("invalid-argument", `invalid MTU ${JSON.stringify(mtu)}`);
  }
  if (bridge !== undefined && !/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,14}$/.test(bridge)) {
    throw new EngineError(
      "invalid-argument",
      `invalid bridge name ${JSON.stringify(bridge)}: at most 15 characters`,
    );
  }
  if (parseAddress(hostIp) === undefined) {
    throw new EngineError("invalid-argument", `invalid host_binding_ipv4 ${JSON.stringify(hostIp)}`);
  }
  return {
    masquerade: flag("bridge.enable_ip_masquerade"),
    containersTalk: flag("bridge.enable_icc"),
    mtu: mtu === undefined ? undefined : Number(mtu),
    defaultHostIp: hostIp,
    bridge,
  };
}

/** The pool asked for; undefined when the engine may choose. Throws `invalid-argument` for one that cannot be. */
export function parsePoolRequest(configs: readonly IpamPool[] | null | undefined): PoolDocument | undefined {
  const wanted = (configs ?? []).filter((config) => Object.values(config).some((value) => value));
  if (wanted.length === 0) return undefined;
  const [config, second] = wanted;
  if (second !== undefined) refuse("networks with more than one IPAM pool");
  if (config?.Subnet === undefined || config.Subnet === "") {
    throw new EngineError("invalid-argument", "invalid network config: an IPAM pool needs a subnet");
  }
  if (config.Subnet.includes(":")) refuse("IPv6 subnets");
  const subnet = parseSubnet(config.Subnet);
  if (subnet === undefined || subnet.prefixLength > 30 || subnet.prefixLength < 8) {
    throw new EngineError(
      "invalid-argument",
      `invalid subnet ${config.Subnet}: want an IPv4 network from /8 to /30`,
    );
  }
  const range = config.IPRange ? innerSubnet(subnet, config.IPRange) : undefined;
  const gateway = config.Gateway
    ? innerAddress(subnet, config.Gateway, "gateway")
    : firstUsable(range ?? subnet, subnet);
  const reserved = Object.fromEntries(
    Object.entries(config.AuxiliaryAddresses ?? {}).map(([name, address]) => [
      name,
      printAddress(innerAddress(subnet, address, "auxiliary address")),
    ]),
  );
  return {
    subnet: printSubnet(subnet),
    gateway: printAddress(gateway),
    ...(range === undefined ? {} : { range: printSubnet(range) }),
    ...(Object.keys(reserved).length === 0 ? {} : { reserved }),
  };
}

/** The document of a subnet the engine chose: its first address is the gateway. */
export function poolOf(subnet: Subnet): PoolDocument {
  return { subnet: printSubnet(subnet), gateway: printAddress(firstUsable(subnet, subnet)) };
}

function firstUsable(range: Subnet, subnet: Subnet): Address {
  return isUsable(subnet, range.base) ? range.base : range.base + 1;
}

function innerSubnet(subnet: Subnet, text: string): Subnet {
  const range = parseSubnet(text);
  if (range === undefined || range.prefixLength < subnet.prefixLength || !contains(subnet, range.base)) {
    throw new EngineError(
      "invalid-argument",
      `invalid ip-range ${text}: it must lie in ${printSubnet(subnet)}`,
    );
  }
  return range;
}

function innerAddress(subnet: Subnet, text: string, what: string): Address {
  const address = parseAddress(text);
  if (address === undefined || !isUsable(subnet, address)) {
    throw new EngineError(
      "invalid-argument",
      `invalid ${what} ${text}: it must lie in ${printSubnet(subnet)}`,
    );
  }
  return address;
}

/** The pool of a network in numbers; undefined for networks without addresses. */
export function readPool(network: NetworkDocument): Pool | undefined {
  if (network.pool === undefined) return undefined;
  const subnet = parseSubnet(network.pool.subnet);
  const gateway = parseAddress(network.pool.gateway);
  if (subnet === undefined || gateway === undefined) {
    throw new Error(`network ${network.id} has an unreadable pool on disk`);
  }
  const reserved = Object.values(network.pool.reserved ?? {}).flatMap((text) => parseAddress(text) ?? []);
  return { subnet, gateway, reserved, range: parseSubnet(network.pool.range ?? "") ?? subnet };
}

/** As `GET /networks/{id}` shows it; the containers are added by the caller. */
export function printNetwork(network: NetworkDocument): NetworkInspect {
  const pool = network.pool;
  return {
    Name: network.name,
    Id: network.id,
    Created: network.created,
    Scope: "local",
    Driver: network.driver,
    EnableIPv4: true,
    EnableIPv6: false,
    IPAM: {
      Driver: "default",
      Options: null,
      Config:
        pool === undefined
          ? []
          : [
              {
                Subnet: pool.subnet,
                ...(pool.range === undefined ? {} : { IPRange: pool.range }),
                Gateway: pool.gateway,
                ...(pool.reserved === undefined ? {} : { AuxiliaryAddresses: pool.reserved }),
              },
            ],
    },
    Internal: network.internal,
    Attachable: network.attachable,
    Ingress: false,
    ConfigFrom: { Network: "" },
    ConfigOnly: false,
    Containers: {},
    Options: network.options,
    Labels: network.labels,
  };
}
