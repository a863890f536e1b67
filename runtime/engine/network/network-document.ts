import type { NetworkCreateRequest, NetworkInspect } from "../../api/types/network.ts";
import { EngineError } from "../error.ts";
import { parseBridgeOptions, parseMacvlanOptions } from "./driver-options.ts";
import { type PoolDocument, poolFamily, printPool } from "./pool-document.ts";

export type NetworkDriver = "bridge" | "macvlan" | "host" | "null";

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
  /** Only networks of the driver `bridge` have one. */
  readonly bridge?: string;
  /** None in networks without addresses (host, none). */
  readonly pools: readonly PoolDocument[];
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
  if (driverOf(request) === "macvlan") parseMacvlanOptions(request.Options ?? {});
  else parseBridgeOptions(request.Options ?? {});
}

/** The driver of a request that passed `checkRequest`. */
export function driverOf(request: Pick<NetworkCreateRequest, "Driver">): "bridge" | "macvlan" {
  return request.Driver === "macvlan" ? "macvlan" : "bridge";
}

function checkDriver(driver: string): void {
  if (["", "bridge", "default", "macvlan"].includes(driver)) return;
  if (driver === "host" || driver === "null") {
    throw new EngineError("forbidden", `only one instance of "${driver}" network is allowed`);
  }
  if (driver === "overlay") {
    throw new EngineError(
      "forbidden",
      "overlay networks need a Swarm manager; this engine is no Swarm node. Use driver bridge on one host",
    );
  }
  if (driver === "ipvlan") refuse("networks of the driver ipvlan (macvlan is there)");
  throw new EngineError(
    "not-found",
    `could not find plugin ${driver} in v1 plugin registry: plugin not found`,
  );
}

function refuse(what: string): never {
  throw new EngineError("not-implemented", `${what} are not implemented in this engine`);
}

/** Whether its containers have IPv6 addresses. */
export function hasIpv6(network: NetworkDocument): boolean {
  return network.pools.some((pool) => poolFamily(pool) === 6);
}

/** The gateway on the engine's side: where the resolver listens. Undefined in networks that this host has no address in. */
export function bridgeGateway(network: NetworkDocument): string | undefined {
  if (network.bridge === undefined) return undefined;
  return network.pools.find((pool) => poolFamily(pool) === 4)?.gateway;
}

/** As `GET /networks/{id}` shows it; the containers are added by the caller. */
export function printNetwork(network: NetworkDocument): NetworkInspect {
  return {
    Name: network.name,
    Id: network.id,
    Created: network.created,
    Scope: "local",
    Driver: network.driver,
    EnableIPv4: true,
    EnableIPv6: hasIpv6(network),
    IPAM: { Driver: "default", Options: null, Config: network.pools.map(printPool) },
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
