import { randomBytes } from "node:crypto";
import type { EndpointSettings, NetworkCreateRequest, NetworkInspect } from "../../api/types/network.ts";
import type { EventSink } from "../container/ports.ts";
import { EngineError } from "../error.ts";
import type { Filters, NetworkBackend } from "../http/backend.ts";
import { familyOf, overlaps, type Subnet } from "./address.ts";
import {
  bridgeOf,
  createBridge,
  deleteBridges,
  type KernelLinks,
  readHostSubnets,
  readKernelLinks,
} from "./bridges.ts";
import { parseBridgeOptions, parseMacvlanOptions } from "./driver-options.ts";
import { parseEndpointWishes } from "./endpoint-wishes.ts";
import type { Firewall } from "./firewall.ts";
import { pickSubnet, pickUniqueLocalSubnet } from "./ipam.ts";
import { checkParent } from "./macvlan.ts";
import { bridgeName, type KernelNames } from "./names.ts";
import { checkRequest, driverOf, type NetworkDocument, printNetwork } from "./network-document.ts";
import { matchesNetwork } from "./network-filters.ts";
import type { NetworkTable } from "./network-table.ts";
import { type PoolDocument, parsePoolRequests, poolFamily, poolOf, subnetOf } from "./pool-document.ts";
import type { ContainerDirectory, ContainerEntry } from "./ports.ts";
import type { Resolvers } from "./resolvers.ts";
import { printNetworkContainer } from "./sandbox-document.ts";
import { parseNetworkMode, sharedNamespace } from "./sandbox-plan.ts";
import type { Sandboxes } from "./sandboxes.ts";

export interface BackendContext {
  readonly table: NetworkTable;
  readonly names: KernelNames;
  readonly firewall: Firewall;
  readonly resolvers: Resolvers;
  readonly sandboxes: Sandboxes;
  readonly events: EventSink;
  readonly containers: () => ContainerDirectory;
  /** Where the search for a free subnet begins. */
  readonly firstPool: number;
  /** 40 bits: the engine's part of IPv6 addresses that nobody gave it. */
  readonly globalId: bigint;
}

/** What the `/networks` routes call. */
export function createNetworkBackend(context: BackendContext): NetworkBackend {
  const { table } = context;
  return {
    list: async (filters) =>
      table
        .networks()
        .filter((network) => matchesNetwork(network, table.attachments(network.id).length > 0, filters))
        .map(printNetwork),
    inspect: async (name) => inspect(table, table.findNetwork(name)),
    create: (request, signal) => create(context, request, signal),
    remove: (name) => remove(context, table.findNetwork(name)),
    connect: (network, container, endpoint, signal) =>
      connect(context, table.findNetwork(network), container, endpoint, signal),
    disconnect: (network, container, options) =>
      disconnect(context, table.findNetwork(network), container, options),
    prune: (filters) => prune(context, filters),
  };
}

function inspect(table: NetworkTable, network: NetworkDocument): NetworkInspect {
  const containers = table
    .attachments(network.id)
    .map(({ sandbox, endpoint }) => [sandbox.containerId, printNetworkContainer(sandbox, endpoint)] as const);
  return { ...printNetwork(network), Containers: Object.fromEntries(containers) };
}

async function create(
  context: BackendContext,
  request: NetworkCreateRequest,
  signal: AbortSignal,
): Promise<{ Id: string; Warning: string }> {
  const { table, names, firewall, resolvers } = context;
  checkRequest(request);
  const wantedPools = parsePoolRequests(request.IPAM?.Config);
  const options = request.Options ?? {};
  const driver = driverOf(request);
  const links = await readKernelLinks(names, signal);
  if (driver === "macvlan") checkParent(parseMacvlanOptions(options), links, table.networks());
  const wantedBridge = driver === "bridge" ? parseBridgeOptions(options).bridge : undefined;
  if (wantedBridge !== undefined) checkBridgeName(wantedBridge, links);
  const hostSubnets = await readHostSubnets(signal);
  // From here to `addNetwork` nothing waits, so that two requests never choose the same.
  checkOverlap(table, wantedPools);
  const id = randomBytes(32).toString("hex");
  const network: NetworkDocument = {
    id,
    name: request.Name,
    created: new Date().toISOString(),
    driver,
    predefined: false,
    internal: request.Internal ?? false,
    attachable: request.Attachable ?? false,
    labels: request.Labels ?? {},
    options,
    ...(driver === "bridge" ? { bridge: wantedBridge ?? bridgeName(id) } : {}),
    pools: completePools(context, wantedPools, hostSubnets, { ipv6: request.EnableIPv6 ?? false }),
  };
  await table.addNetwork(network);
  try {
    const bridge = bridgeOf(network, names);
    if (bridge !== undefined) await createBridge(bridge, signal);
    await resolvers.start(network);
    await Promise.all([firewall.applyAll(), firewall.admit()]);
    signal.throwIfAborted();
  } catch (error) {
    await discard(context, network);
    throw error;
  }
  tell(context, "create", network);
  return { Id: id, Warning: "" };
}

/** The pools asked for, and one of the engine's choice for each family that is to be there and has none. */
function completePools(
  { table, firstPool, globalId }: BackendContext,
  wanted: readonly PoolDocument[],
  hostSubnets: readonly Subnet[],
  { ipv6 }: { readonly ipv6: boolean },
): readonly PoolDocument[] {
  const given = wanted.filter((pool) => ipv6 || poolFamily(pool) === 4);
  if (given.length < wanted.length) {
    throw new EngineError(
      "invalid-argument",
      "invalid network config: an IPv6 subnet was given, but IPv6 is not enabled (EnableIPv6)",
    );
  }
  const taken = [
    ...hostSubnets,
    ...[...table.networks().flatMap(({ pools }) => pools), ...wanted].map(subnetOf),
  ];
  const families = new Set(given.map((pool) => familyOf(subnetOf(pool).base)));
  return [
    ...(families.has(4) ? [] : [poolOf(pickSubnet(taken, firstPool))]),
    ...given,
    ...(ipv6 && !families.has(6) ? [poolOf(pickUniqueLocalSubnet(taken, globalId))] : []),
  ];
}

/** A device that is there belongs to somebody, and would be deleted with the network. */
function checkBridgeName(bridge: string, links: KernelLinks): void {
  if (!links.all.has(bridge)) return;
  throw new EngineError("conflict", `cannot make bridge ${bridge}: this host has a device of that name`);
}

function checkOverlap(table: NetworkTable, wanted: readonly PoolDocument[]): void {
  for (const network of table.networks()) {
    for (const taken of network.pools) {
      const pool = wanted.find((candidate) => overlaps(subnetOf(candidate), subnetOf(taken)));
      if (pool === undefined) continue;
      throw new EngineError(
        "forbidden",
        `invalid pool request: Pool overlaps with other one on this address space: ${pool.subnet} and ${taken.subnet} of network ${network.name}`,
      );
    }
  }
}

async function remove(context: BackendContext, network: NetworkDocument): Promise<void> {
  if (network.predefined) {
    throw new EngineError("forbidden", `${network.name} is a pre-defined network and cannot be removed`);
  }
  const attached = context.table.attachments(network.id);
  if (attached.length > 0) {
    const who = attached.map(
      ({ sandbox, endpoint }) => `name:"${sandbox.name}" id:"${endpoint.endpointId.slice(0, 12)}"`,
    );
    throw new EngineError(
      "forbidden",
      `error while removing network: network ${network.name} id ${network.id} has active endpoints (${who.join(", ")})`,
    );
  }
  await discard(context, network);
  tell(context, "destroy", network);
}

/** Nothing of the network is left; the document goes last. Not bound to a caller: half a removal helps nobody. */
async function discard(context: BackendContext, network: NetworkDocument): Promise<void> {
  const { table, firewall, resolvers } = context;
  table.forgetNetwork(network.id);
  await resolvers.stop(network.id);
  if (network.bridge !== undefined) await deleteBridges([network.bridge]);
  await Promise.all([firewall.applyAll(), firewall.admit()]);
  await table.eraseNetwork(network.id);
}

async function prune(
  context: BackendContext,
  filters: Filters,
): Promise<{ NetworksDeleted: readonly string[] }> {
  const { table } = context;
  const deleted: string[] = [];
  for (const network of table.networks()) {
    if (network.predefined || table.attachments(network.id).length > 0) continue;
    if (!matchesNetwork(network, false, filters)) continue;
    await discard(context, network);
    tell(context, "destroy", network);
    deleted.push(network.name);
  }
  return { NetworksDeleted: deleted };
}

async function connect(
  context: BackendContext,
  network: NetworkDocument,
  name: string,
  endpoint: EndpointSettings,
  signal: AbortSignal,
): Promise<void> {
  const container = await findContainer(context, name);
  const mode = parseNetworkMode(container.networkMode);
  if (mode.kind === "host" || mode.kind === "joined") throw sharedNamespace();
  parseEndpointWishes(network, endpoint);
  let settings = endpoint;
  if (container.running) {
    const given = await context.sandboxes.connect(container.id, network, endpoint, signal);
    // A hardware address that was given, not asked for, is no wish for the next start.
    settings = { ...given, MacAddress: endpoint.MacAddress ?? "" };
  } else checkStopped(network, container);
  await context.containers().setEndpoint(container.id, network.name, settings);
}

function checkStopped(network: NetworkDocument, container: ContainerEntry): void {
  if (container.networks.includes(network.name)) {
    throw new EngineError(
      "forbidden",
      `endpoint with name ${container.name} already exists in network ${network.name}`,
    );
  }
  const isPrivate = network.pools.length === 0 || container.networks.includes("none");
  if (isPrivate && container.networks.length > 0) {
    throw new EngineError(
      "invalid-argument",
      "container cannot be connected to multiple networks with one of the networks in private (none) mode",
    );
  }
}

async function disconnect(
  context: BackendContext,
  network: NetworkDocument,
  name: string,
  options: { readonly force: boolean },
): Promise<void> {
  const container = await context.containers().find(name);
  if (container === undefined) {
    await disconnectByForce(context, network, name, options);
    return;
  }
  const wasAttached = await context.sandboxes.disconnect(container.id, network);
  if (!wasAttached && !container.networks.includes(network.name)) {
    throw new EngineError(
      "forbidden",
      `container ${container.id} is not connected to network ${network.name}`,
    );
  }
  await context.containers().setEndpoint(container.id, network.name, undefined);
}

/** An endpoint whose container nobody knows any more. */
async function disconnectByForce(
  context: BackendContext,
  network: NetworkDocument,
  name: string,
  options: { readonly force: boolean },
): Promise<void> {
  const attached = context.table.attachments(network.id).find(({ sandbox }) => sandbox.name === name);
  if (!options.force || attached === undefined) {
    throw new EngineError("not-found", `No such container: ${name}`);
  }
  await context.sandboxes.disconnect(attached.sandbox.containerId, network);
}

async function findContainer(context: BackendContext, name: string): Promise<ContainerEntry> {
  const container = await context.containers().find(name);
  if (container === undefined) throw new EngineError("not-found", `No such container: ${name}`);
  return container;
}

function tell(context: BackendContext, action: "create" | "destroy", network: NetworkDocument): void {
  context.events.publish({
    Type: "network",
    Action: action,
    Actor: { ID: network.id, Attributes: { name: network.name, type: network.driver } },
  });
}
