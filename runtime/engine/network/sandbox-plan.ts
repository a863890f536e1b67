import { randomBytes } from "node:crypto";
import { isIP } from "node:net";
import type { SandboxRequest } from "../container/ports.ts";
import { EngineError } from "../error.ts";
import { planEndpoint, type WantedEndpoint } from "./endpoint-plan.ts";
import { parseEndpointWishes } from "./endpoint-wishes.ts";
import { parseExtraHost } from "./name-files.ts";
import { type KernelNames, netnsName } from "./names.ts";
import type { NetworkTable } from "./network-table.ts";
import type { EndpointDocument, SandboxDocument } from "./sandbox-document.ts";

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
    parseEndpointWishes(network, settings ?? {});
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
  const endpoints: EndpointDocument[] = [];
  for (const wanted of planEndpoints(request, table)) {
    endpoints.push(planEndpoint(wanted, endpoints, table, names));
  }
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

function randomId(): string {
  return randomBytes(32).toString("hex");
}
