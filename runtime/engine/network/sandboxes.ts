import { isIPv6 } from "node:net";
import type { ContainerNetworkSettings } from "../../api/types/container.ts";
import type { EndpointSettings } from "../../api/types/network.ts";
import type { EventSink, Sandbox, SandboxNetworks, SandboxRequest } from "../container/ports.ts";
import { EngineError } from "../error.ts";
import { netnsPath } from "../host/netns.ts";
import { KeyedLock } from "../store/keyed-lock.ts";
import type { HostNameservers } from "./dns/host-nameservers.ts";
import { parseBridgeOptions } from "./driver-options.ts";
import { planEndpoint } from "./endpoint-plan.ts";
import { parseEndpointWishes } from "./endpoint-wishes.ts";
import type { Firewall } from "./firewall.ts";
import type { HostPorts } from "./host-ports.ts";
import { leadToResolver } from "./local-resolver.ts";
import type { KernelNames } from "./names.ts";
import { bridgeGateway, type NetworkDocument } from "./network-document.ts";
import type { NetworkTable } from "./network-table.ts";
import { parsePortRequests } from "./port-mapping.ts";
import type { ContainerDirectory } from "./ports.ts";
import { publishedTargets } from "./published.ts";
import {
  type EndpointDocument,
  emptySettings,
  endpointBefore,
  gatewayEndpoint,
  hasLink,
  printEndpoint,
  printSettings,
  publishingEndpoint,
  type SandboxDocument,
} from "./sandbox-document.ts";
import { type NameFiles, nameFiles } from "./sandbox-files.ts";
import { attach, build, demolish, detach } from "./sandbox-kernel.ts";
import {
  checkNameSettings,
  parseNetworkMode,
  planEndpoints,
  planSandbox,
  sharedNamespace,
} from "./sandbox-plan.ts";

export interface SandboxContext {
  readonly table: NetworkTable;
  readonly names: KernelNames;
  readonly firewall: Firewall;
  readonly hostPorts: HostPorts;
  readonly hostNameservers: HostNameservers;
  readonly events: EventSink;
  readonly containers: () => ContainerDirectory;
  /** IPv4 address of this host where ports are published that name none; undefined for all. */
  readonly publishIp: string | undefined;
}

const leadLimitMs = 20_000;

/** Sandboxes of containers: what `SandboxNetworks` promises, and changes while a container runs. */
export class Sandboxes implements SandboxNetworks {
  readonly #context: SandboxContext;
  readonly #lock = new KeyedLock();
  /** Rules for 127.0.0.11 on their way into new sandboxes, by container id. */
  readonly #leading = new Map<string, Promise<void>>();

  constructor(context: SandboxContext) {
    this.#context = context;
  }

  async plan(request: SandboxRequest): Promise<ContainerNetworkSettings> {
    const endpoints = planEndpoints(request, this.#context.table);
    portRequestsOf(request);
    checkNameSettings(request);
    return {
      ...emptySettings(),
      Networks: Object.fromEntries(
        endpoints.map(({ network, wanted }) => {
          const hasNames = bridgeGateway(network) !== undefined && !network.predefined;
          return [network.name, endpointBefore(request, network.id, wanted, hasNames)];
        }),
      ),
    };
  }

  async create(request: SandboxRequest, signal: AbortSignal): Promise<Sandbox> {
    return await this.#lock.run(request.containerId, () => this.#create(request, signal), signal);
  }

  async remove(containerId: string, _signal: AbortSignal): Promise<void> {
    await this.#lock.run(containerId, async () => {
      const sandbox = this.#context.table.sandbox(containerId);
      if (sandbox === undefined) return;
      await this.#takeDown(sandbox);
      for (const endpoint of sandbox.endpoints) this.#tell("disconnect", sandbox, endpoint);
    });
  }

  async find(containerId: string): Promise<Sandbox | undefined> {
    await this.#leading.get(containerId);
    const sandbox = this.#context.table.sandbox(containerId);
    return sandbox === undefined ? undefined : await this.#print(sandbox);
  }

  /** The container is found under the new name from now on. */
  async rename(containerId: string, name: string): Promise<void> {
    await this.#lock.run(containerId, async () => {
      const sandbox = this.#context.table.sandbox(containerId);
      if (sandbox !== undefined) await this.#context.table.writeSandbox({ ...sandbox, name });
    });
  }

  /** Adds a network to a running container; gives what `inspect` shows of it. */
  async connect(
    containerId: string,
    network: NetworkDocument,
    wanted: EndpointSettings,
    signal: AbortSignal,
  ): Promise<EndpointSettings> {
    const work = () => this.#connect(containerId, network, wanted, signal);
    return await this.#lock.run(containerId, work, signal);
  }

  /** Takes a running container out of a network; false when it is not in it. */
  async disconnect(containerId: string, network: NetworkDocument): Promise<boolean> {
    return await this.#lock.run(containerId, () => this.#disconnect(containerId, network));
  }

  async #create(request: SandboxRequest, signal: AbortSignal): Promise<Sandbox> {
    const { table, names, firewall } = this.#context;
    // A sandbox of an earlier life that was never taken down.
    const stale = table.sandbox(request.containerId);
    if (stale !== undefined) await this.#takeDown(stale);
    const joined = await this.#findJoined(request);
    const requests = portRequestsOf(request);
    checkNameSettings(request);
    let sandbox: SandboxDocument = {
      ...planSandbox(request, joined, table, names),
      ...(requests.length === 0 ? {} : { portRequests: requests }),
    };
    table.reserveSandbox(sandbox);
    try {
      sandbox = await this.#takePorts(sandbox);
      await table.writeSandbox(sandbox);
      await bothOrThrow(build(sandbox, signal), firewall.publish(publishedTargets(sandbox)));
      signal.throwIfAborted();
    } catch (error) {
      await this.#takeDown(sandbox);
      throw error;
    }
    this.#leadToResolver(sandbox);
    for (const endpoint of sandbox.endpoints) this.#tell("connect", sandbox, endpoint);
    return await this.#print(sandbox);
  }

  /** Not waited for: it is done while the container's process is made, and only configurations that name 127.0.0.11 need it. */
  #leadToResolver({ containerId, netns, endpoints }: SandboxDocument): void {
    if (netns === undefined) return;
    const work = leadToResolver(netns, endpoints, AbortSignal.timeout(leadLimitMs));
    const settled = work.catch(() => {}).finally(() => this.#leading.delete(containerId));
    this.#leading.set(containerId, settled);
  }

  /** The sandbox with its ports of this host, if there is a way out for them to lead in by. Throws `conflict`. */
  async #takePorts(sandbox: SandboxDocument): Promise<SandboxDocument> {
    const gateway = gatewayEndpoint(sandbox.endpoints);
    const requests = sandbox.portRequests ?? [];
    if (gateway === undefined || requests.length === 0) return sandbox;
    if (publishingEndpoint(sandbox.endpoints) === undefined) {
      throw new EngineError(
        "invalid-argument",
        `cannot publish ports of ${sandbox.name}: its way out is network ${gateway.networkName}, where containers have addresses of their own outside`,
      );
    }
    const unreachable = requests.find(({ hostIp }) => isIPv6(hostIp));
    if (unreachable !== undefined && gateway.link.ipv6 === undefined) {
      throw new EngineError(
        "invalid-argument",
        `cannot publish on ${unreachable.hostIp}: network ${gateway.networkName} has no IPv6`,
      );
    }
    const label = `${sandbox.name} (${gateway.endpointId})`;
    const hostIps = this.#defaultHostIps(gateway);
    const ports = await this.#context.hostPorts.take(sandbox.containerId, label, requests, hostIps);
    return { ...sandbox, ports };
  }

  async #takeDown(sandbox: SandboxDocument): Promise<void> {
    const { table, hostPorts, firewall } = this.#context;
    // The mapping goes first, or whoever connects now waits for an address that is gone; nobody waits for it to be gone. What
    // takes the port next adds its mapping behind this removal.
    const targets = publishedTargets(sandbox);
    table.reserveSandbox({ ...sandbox, ports: [] });
    firewall.unpublish(targets);
    await this.#leading.get(sandbox.containerId);
    await demolish(sandbox);
    hostPorts.release(sandbox.containerId);
    await table.removeSandbox(sandbox.containerId);
  }

  async #connect(
    containerId: string,
    network: NetworkDocument,
    wanted: EndpointSettings,
    signal: AbortSignal,
  ): Promise<EndpointSettings> {
    const { table, names, hostPorts } = this.#context;
    const sandbox = table.sandbox(containerId);
    if (sandbox?.netns === undefined) throw sharedNamespace();
    if (network.pools.length === 0 || sandbox.endpoints.some((endpoint) => !hasLink(endpoint))) {
      throw new EngineError(
        "invalid-argument",
        "container cannot be connected to multiple networks with one of the networks in private (none) mode",
      );
    }
    if (sandbox.endpoints.some((endpoint) => endpoint.networkId === network.id)) {
      throw new EngineError(
        "forbidden",
        `endpoint with name ${sandbox.name} already exists in network ${network.name}`,
      );
    }
    parseEndpointWishes(network, wanted);
    await this.#leading.get(containerId);
    const endpoint = planEndpoint({ network, wanted }, sandbox.endpoints, table, names);
    let changed: SandboxDocument = { ...sandbox, endpoints: [...sandbox.endpoints, endpoint] };
    table.reserveSandbox(changed);
    const isFirstWayOut = gatewayEndpoint(sandbox.endpoints) === undefined;
    try {
      if (isFirstWayOut) changed = await this.#takePorts(changed);
      await table.writeSandbox(changed);
      if (hasLink(endpoint)) await attach(sandbox.netns, endpoint.link, changed.endpoints, signal);
    } catch (error) {
      if (isFirstWayOut) hostPorts.release(containerId);
      await table.writeSandbox(sandbox);
      throw error;
    }
    await this.#afterChange(sandbox, changed);
    this.#tell("connect", changed, endpoint);
    return printEndpoint(changed, endpoint);
  }

  async #disconnect(containerId: string, network: NetworkDocument): Promise<boolean> {
    const { table, firewall, hostPorts } = this.#context;
    await this.#leading.get(containerId);
    const sandbox = table.sandbox(containerId);
    const endpoint = sandbox?.endpoints.find((candidate) => candidate.networkId === network.id);
    if (sandbox === undefined || endpoint === undefined) return false;
    if (sandbox.netns === undefined) {
      throw new EngineError(
        "forbidden",
        `cannot disconnect container from ${network.name} network - container was created in ${network.name} network mode`,
      );
    }
    const remaining = sandbox.endpoints.filter((candidate) => candidate !== endpoint);
    const isCutOff = gatewayEndpoint(remaining) === undefined;
    const changed: SandboxDocument = {
      ...sandbox,
      endpoints: remaining,
      ports: isCutOff ? [] : sandbox.ports,
    };
    if (isCutOff) firewall.unpublish(publishedTargets(sandbox));
    if (hasLink(endpoint)) await detach(sandbox.netns, endpoint.link, remaining);
    if (isCutOff) hostPorts.release(containerId);
    await table.writeSandbox(changed);
    await this.#afterChange(sandbox, changed);
    this.#tell("disconnect", changed, endpoint);
    return true;
  }

  /** Published ports follow the default route; name files follow the networks. */
  async #afterChange(before: SandboxDocument, after: SandboxDocument): Promise<void> {
    const { firewall, containers } = this.#context;
    const moved =
      gatewayEndpoint(before.endpoints)?.endpointId !== gatewayEndpoint(after.endpoints)?.endpointId;
    if (moved && after.ports.length > 0) await firewall.applyAll();
    const { resolvConf, hosts, settings } = await this.#print(after);
    await containers().setNameFiles(after.containerId, { resolvConf, hosts, settings });
  }

  async #findJoined(request: SandboxRequest): Promise<string | undefined> {
    const mode = parseNetworkMode(request.networkMode);
    if (mode.kind !== "joined") return undefined;
    const target = await this.#context.containers().find(mode.container);
    if (target === undefined) throw new EngineError("not-found", `No such container: ${mode.container}`);
    if (!target.running || this.#context.table.sandbox(target.id) === undefined) {
      throw new EngineError("conflict", `cannot join network of a non running container: ${target.id}`);
    }
    return target.id;
  }

  /** Where ports without an address are published: as the network says, else as the engine was told, else everywhere. */
  #defaultHostIps({ networkId, link }: EndpointDocument): readonly string[] {
    const { table, publishIp } = this.#context;
    const { defaultHostIp } = parseBridgeOptions(table.network(networkId)?.options ?? {});
    const one = defaultHostIp ?? publishIp;
    if (one !== undefined) return [one];
    return link?.ipv6 === undefined ? ["0.0.0.0"] : ["0.0.0.0", "::"];
  }

  async #print(sandbox: SandboxDocument): Promise<Sandbox> {
    const path = this.#path(sandbox);
    const files = await this.#files(sandbox);
    return { netnsPath: path, settings: printSettings(sandbox, path), ...files };
  }

  #owner(sandbox: SandboxDocument): SandboxDocument {
    if (sandbox.joined === undefined) return sandbox;
    const target = this.#context.table.sandbox(sandbox.joined);
    return target === undefined ? sandbox : this.#owner(target);
  }

  #path(sandbox: SandboxDocument): string | undefined {
    const { netns } = this.#owner(sandbox);
    return netns === undefined ? undefined : netnsPath(netns);
  }

  async #files(sandbox: SandboxDocument): Promise<NameFiles> {
    const { hostNameservers, table } = this.#context;
    const bridge = table.networks().find((network) => network.name === "bridge");
    const gateway = bridge === undefined ? undefined : bridgeGateway(bridge);
    return await nameFiles(this.#owner(sandbox), hostNameservers, gateway ?? "127.0.0.1");
  }

  #tell(action: "connect" | "disconnect", sandbox: SandboxDocument, endpoint: EndpointDocument): void {
    const type = this.#context.table.network(endpoint.networkId)?.driver ?? "bridge";
    this.#context.events.publish({
      Type: "network",
      Action: action,
      Actor: {
        ID: endpoint.networkId,
        Attributes: { container: sandbox.containerId, name: endpoint.networkName, type },
      },
    });
  }
}

function portRequestsOf(request: SandboxRequest) {
  return parsePortRequests(request.portBindings, request.exposedPorts, {
    publishAll: request.publishAllPorts,
  });
}

/** Waits for both to end before it throws, so that undoing meets nothing half-way. */
async function bothOrThrow(first: Promise<void>, second: Promise<void>): Promise<void> {
  for (const result of await Promise.allSettled([first, second])) {
    if (result.status === "rejected") throw result.reason;
  }
}
