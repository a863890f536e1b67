import { ipBatch, ipBatchForced, listAddresses } from "../host/ip.ts";
import { listNetns } from "../host/netns.ts";
import { run } from "../host/run.ts";
import { writeSysctl } from "../host/sysctl.ts";
import type { Logger } from "../log.ts";
import {
  bridgeOf,
  enableForwarding,
  type KernelLinks,
  readHostSubnets,
  readKernelLinks,
  repairBridge,
} from "./bridges.ts";
import type { Firewall } from "./firewall.ts";
import type { HostPorts } from "./host-ports.ts";
import { pickSubnet } from "./ipam.ts";
import { type KernelNames, predefinedId } from "./names.ts";
import type { NetworkDocument, NetworkDriver } from "./network-document.ts";
import type { NetworkTable } from "./network-table.ts";
import { poolOf } from "./pool-document.ts";
import type { Resolvers } from "./resolvers.ts";
import { hasLink, type SandboxDocument, vethsOf } from "./sandbox-document.ts";
import { attach } from "./sandbox-kernel.ts";
import type { Sandboxes } from "./sandboxes.ts";

export interface RestoreContext {
  readonly table: NetworkTable;
  readonly names: KernelNames;
  readonly instance: string;
  readonly firewall: Firewall;
  readonly resolvers: Resolvers;
  readonly hostPorts: HostPorts;
  readonly sandboxes: Sandboxes;
  readonly firstPool: number;
  readonly log: Logger;
}

/**
 * Makes the kernel what the documents say: predefined networks, bridges, links of containers that live; takes away what belongs
 * to none. What is right stays untouched, so published ports answer throughout. Running it twice changes nothing.
 */
export async function restoreNetworks(
  context: RestoreContext,
  liveContainerIds: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<void> {
  await addPredefined(context, signal);
  await enableForwarding().catch((error: unknown) =>
    context.log.error("this host does not forward packets; containers do not reach beyond it", { error }),
  );
  await restoreBridges(context, signal);
  for (const sandbox of context.table.sandboxes()) {
    if (!liveContainerIds.has(sandbox.containerId))
      await context.sandboxes.remove(sandbox.containerId, signal);
  }
  await restoreSandboxes(context, signal);
  await removeOrphans(context, signal);
  await Promise.all(context.table.networks().map((network) => context.resolvers.start(network)));
  context.firewall.watch();
  // Without a firewall containers run all the same; publishing a port or making a network then says what is missing.
  await context.firewall
    .applyAll()
    .catch((error: unknown) =>
      context.log.error("the firewall cannot be written; ports cannot be published", { error }),
    );
  await context.firewall.admit();
  await retakePorts(context);
}

async function addPredefined(
  { table, names, instance, firstPool }: RestoreContext,
  signal: AbortSignal,
): Promise<void> {
  const drivers: readonly (readonly [name: string, driver: NetworkDriver])[] = [
    ["bridge", "bridge"],
    ["host", "host"],
    ["none", "null"],
  ];
  for (const [name, driver] of drivers) {
    const id = predefinedId(instance, name);
    if (table.network(id) !== undefined) continue;
    const network: NetworkDocument = {
      id,
      name,
      created: new Date().toISOString(),
      driver,
      predefined: true,
      internal: false,
      attachable: false,
      labels: {},
      options: {},
      pools: [],
    };
    if (driver !== "bridge") {
      await table.addNetwork(network);
      continue;
    }
    const pool = poolOf(pickSubnet(await readHostSubnets(signal), firstPool));
    await table.addNetwork({ ...network, bridge: names.defaultBridge, pools: [pool] });
  }
}

async function restoreBridges({ table, names, log }: RestoreContext, signal: AbortSignal): Promise<void> {
  const [links, addresses] = await Promise.all([
    readKernelLinks(names, signal),
    run(listAddresses(), signal),
  ]);
  for (const network of table.networks()) {
    const bridge = bridgeOf(network, names);
    if (bridge === undefined) continue;
    const isThere = links.all.has(bridge.name);
    const own = addresses.filter(({ link }) => link === bridge.name);
    const hasAddress = bridge.gateways.every((gateway) =>
      own.some(({ address, prefixLength }) => `${address}/${prefixLength}` === gateway),
    );
    try {
      if (links.bridges.has(bridge.name) && hasAddress)
        await writeSysctl(`net/ipv4/conf/${bridge.name}/route_localnet`, "1");
      else await repairBridge(bridge, isThere, signal);
    } catch (error) {
      log.error("a network's bridge cannot be restored", {
        network: network.name,
        bridge: bridge.name,
        error,
      });
    }
  }
}

async function restoreSandboxes({ table, names, log }: RestoreContext, signal: AbortSignal): Promise<void> {
  const [links, namespaces] = await Promise.all([
    readKernelLinks(names, signal),
    listNetns(names.netnsPrefix),
  ]);
  for (const sandbox of table.sandboxes()) {
    if (sandbox.netns === undefined) continue;
    if (!namespaces.includes(sandbox.netns)) {
      log.error("a running container has lost its network namespace's name", {
        container: sandbox.containerId,
      });
      continue;
    }
    await restoreLinks(sandbox, sandbox.netns, links, signal).catch((error: unknown) =>
      log.error("a container's network cannot be restored", { container: sandbox.containerId, error }),
    );
  }
}

async function restoreLinks(
  sandbox: SandboxDocument,
  netns: string,
  links: KernelLinks,
  signal: AbortSignal,
): Promise<void> {
  for (const { link } of sandbox.endpoints.filter(hasLink)) {
    // A device that hangs on one of the host's lives and dies with that, in the container's namespace.
    if (link.device.kind !== "veth") continue;
    const { veth, bridge } = link.device;
    const there = links.veths.get(veth);
    if (there === undefined) await attach(netns, link, sandbox.endpoints, signal);
    else if (there.master !== bridge) {
      await run(ipBatch([`link set ${veth} master ${bridge} up`]), signal);
    }
  }
}

/** Takes down what carries this engine's name and has no document: left by a crash, or by documents that were lost. */
export async function removeOrphans(
  { table, names, log }: Pick<RestoreContext, "table" | "names" | "log">,
  signal: AbortSignal,
): Promise<void> {
  const [links, namespaces] = await Promise.all([
    readKernelLinks(names, signal),
    listNetns(names.netnsPrefix),
  ]);
  const sandboxes = table.sandboxes();
  const veths = new Set(sandboxes.flatMap(({ endpoints }) => vethsOf(endpoints)));
  const bridges = new Set(table.networks().flatMap(({ bridge }) => bridge ?? []));
  const netns = new Set(sandboxes.flatMap((sandbox) => sandbox.netns ?? []));
  const orphans = [
    ...[...links.veths.keys()].filter((name) => !veths.has(name)).map((name) => `link delete ${name}`),
    ...[...links.bridges].filter((name) => !bridges.has(name)).map((name) => `link delete ${name}`),
    ...namespaces.filter((name) => !netns.has(name)).map((name) => `netns delete ${name}`),
  ];
  if (orphans.length === 0) return;
  log.info("network leftovers are removed", { orphans });
  await run(ipBatchForced(orphans), signal).catch((error: unknown) =>
    log.warn("some network leftovers cannot be removed", { error }),
  );
}

async function retakePorts({ table, hostPorts, log }: RestoreContext): Promise<void> {
  hostPorts.releaseAll();
  for (const { containerId, ports } of table.sandboxes()) {
    const lost = await hostPorts.retake(containerId, ports);
    if (lost.length > 0)
      log.warn("published ports are used by another program too", { containerId, ports: lost });
  }
}
