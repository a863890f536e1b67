import { randomBytes } from "node:crypto";
import { isIP } from "node:net";
import type { EndpointSettings } from "../../api/types/network.ts";
import type { SandboxRequest } from "../container/ports.ts";
import { EngineError } from "../error.ts";
import { type Address, macOf, parseAddress, printAddress } from "./address.ts";
import { parseExtraHost } from "./name-files.ts";
import { type KernelNames, netnsName, vethName } from "./names.ts";
import { type NetworkDocument, parseBridgeOptions, readPool } from "./network-document.ts";
import type { NetworkTable } from "./network-table.ts";
import type { EndpointDocument, EndpointLink, SandboxDocument } from "./sandbox-document.ts";

/** What a container's network mode asks for. */
export type NetworkMode =
  | { readonly kind: "networks"; readonly primary: string }
  | { readonly kind: "host" | "none" }
  | { readonly kind: "joined"; readonly container: string };

export function parseNetworkMode(mode: string): NetworkMode {
  if (mode === "host" || mode === "none") return { kind: mode };
  if (mode.startsWith("container:")) return { kind: "joined", container: mode.slice("container:".length) };
  return { kind: "networks", primary: networkKey(mode) };
}

function networkKey(name: string): string {
  return name === "" || name === "default" ? "bridge" : name;
}

/** A network and how the container wants to be in it. */
export interface WantedEndpoint {
  readonly network: NetworkDocument;
  readonly wanted: EndpointSettings;
}

/**
 * The networks a container will be in, the one of its mode first, the others by name. Throws `not-found` for an unknown
 * network and `invalid-argument` for settings a network cannot fulfil.
 */
export function planEndpoints(
  request: Pick<SandboxRequest, "networkMode" | "endpoints" | "attached">,
  table: NetworkTable,
): readonly WantedEndpoint[] {
  const mode = parseNetworkMode(request.networkMode);
  const wanted = new Map<string, WantedEndpoint>();
  for (const [name, settings] of Object.entries(request.endpoints)) {
    const network = table.findNetwork(networkKey(name));
    checkEndpoint(network, settings ?? {});
    wanted.set(network.id, { network, wanted: settings ?? {} });
  }
  if (mode.kind === "joined") {
    if (wanted.size > 0) throw sharedNamespace();
    return [];
  }
  const primary = table.findNetwork(mode.kind === "networks" ? mode.primary : mode.kind);
  const isIn = request.attached?.includes(primary.name) !== false || wanted.has(primary.id);
  const first = isIn ? [wanted.get(primary.id) ?? { network: primary, wanted: {} }] : [];
  wanted.delete(primary.id);
  if (mode.kind !== "networks" && isIn && wanted.size > 0) {
    throw new EngineError(
      "invalid-argument",
      `container cannot be connected to multiple networks with one of the networks in ${mode.kind} mode`,
    );
  }
  const others = [...wanted.values()].sort((a, b) => (a.network.name < b.network.name ? -1 : 1));
  return [...first, ...others];
}

/** Throws `invalid-argument` for name settings that no resolver understands. Docker's words for extra hosts. */
export function checkNameSettings(
  request: Pick<SandboxRequest, "dns" | "dnsSearch" | "dnsOptions" | "extraHosts">,
): void {
  for (const server of request.dns) {
    if (isIP(server) === 0)
      throw new EngineError("invalid-argument", `invalid IP address in dns: ${JSON.stringify(server)}`);
  }
  for (const text of [...request.dnsSearch, ...request.dnsOptions]) {
    if (!/^[\x21-\x7e]+$/.test(text)) {
      throw new EngineError(
        "invalid-argument",
        `invalid dns search domain or option: ${JSON.stringify(text)}`,
      );
    }
  }
  for (const text of request.extraHosts) {
    if (parseExtraHost(text, "127.0.0.1") === undefined) {
      throw new EngineError(
        "invalid-argument",
        `invalid extra host ${JSON.stringify(text)}: want NAME:ADDRESS or NAME:host-gateway`,
      );
    }
  }
}

/** A container without a namespace of its own cannot have networks of its own. */
export function sharedNamespace(): EngineError {
  return new EngineError(
    "invalid-argument",
    "container sharing network namespace with another container or host cannot be connected to any other network",
  );
}

/** Throws `invalid-argument` for settings that the network cannot fulfil. */
export function checkEndpoint(network: NetworkDocument, wanted: EndpointSettings): void {
  const address = wantedAddress(wanted);
  const isUserDefined = network.driver === "bridge" && !network.predefined;
  if (address !== undefined && !isUserDefined) {
    throw invalid("user specified IP address is supported on user defined networks only");
  }
  if ((wanted.Aliases ?? []).length > 0 && !isUserDefined) {
    throw invalid("network-scoped aliases are only supported for user-defined networks");
  }
  if (wanted.IPAMConfig?.IPv6Address) {
    throw new EngineError("not-implemented", `network ${network.name} has no IPv6 addresses`);
  }
  if (wanted.MacAddress && !/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(wanted.MacAddress)) {
    throw invalid(`invalid MAC address ${JSON.stringify(wanted.MacAddress)}`);
  }
}

function invalid(message: string): EngineError {
  return new EngineError("invalid-argument", `invalid endpoint settings: ${message}`);
}

function wantedAddress(wanted: EndpointSettings): Address | undefined {
  const text = wanted.IPAMConfig?.IPv4Address;
  if (!text) return undefined;
  const address = parseAddress(text);
  if (address === undefined) throw invalid(`invalid IPv4 address ${JSON.stringify(text)}`);
  return address;
}

/**
 * The document of a new sandbox with its addresses chosen; to be reserved in the same turn of the event loop. `joined` is the
 * id of the container whose namespace is shared.
 */
export function planSandbox(
  request: SandboxRequest,
  joined: string | undefined,
  table: NetworkTable,
  names: KernelNames,
): SandboxDocument {
  const mode = parseNetworkMode(request.networkMode);
  const kind = mode.kind === "host" ? "host" : mode.kind === "joined" ? "joined" : "own";
  const endpoints = planEndpoints(request, table).map((endpoint, index) =>
    planEndpoint(endpoint, index, table, names),
  );
  return {
    containerId: request.containerId,
    sandboxId: randomId(),
    name: request.name,
    hostname: request.hostname,
    domainname: request.domainname,
    kind,
    ...(kind === "own" ? { netns: netnsName(names, request.containerId) } : {}),
    ...(joined === undefined ? {} : { joined }),
    endpoints,
    ports: [],
    exposedPorts: request.exposedPorts,
    dns: request.dns,
    dnsSearch: request.dnsSearch,
    dnsOptions: request.dnsOptions,
    extraHosts: request.extraHosts,
  };
}

/** An endpoint whose link is called `eth` and the number given. */
export function planEndpoint(
  { network, wanted }: WantedEndpoint,
  index: number,
  table: NetworkTable,
  names: KernelNames,
): EndpointDocument {
  const endpointId = randomId();
  const pool = readPool(network);
  const base = {
    endpointId,
    networkId: network.id,
    networkName: network.name,
    wanted,
    aliases: wanted.Aliases ?? [],
  };
  if (pool === undefined || network.bridge === undefined) return base;
  const options = parseBridgeOptions(network.options);
  const address = table.chooseAddress(network, wantedAddress(wanted));
  const gateway = printAddress(pool.gateway);
  const link: EndpointLink = {
    bridge: network.bridge,
    veth: vethName(names, endpointId),
    name: `eth${index}`,
    mac: wanted.MacAddress ? wanted.MacAddress.toLowerCase() : macOf(address),
    address: printAddress(address),
    prefixLength: pool.subnet.prefixLength,
    ...(network.internal ? {} : { gateway }),
    ...(network.predefined ? {} : { resolver: gateway }),
    ...(options.mtu === undefined ? {} : { mtu: options.mtu }),
    isolated: !options.containersTalk,
    priority: wanted.GwPriority ?? 0,
  };
  return { ...base, link };
}

function randomId(): string {
  return randomBytes(32).toString("hex");
}
