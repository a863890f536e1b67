import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import type { EventSink, SandboxNetworks } from "../container/ports.ts";
import { EngineError } from "../error.ts";
import { ipBatchForced } from "../host/ip.ts";
import { listNetns } from "../host/netns.ts";
import { run } from "../host/run.ts";
import type { NetworkBackend } from "../http/backend.ts";
import type { Logger } from "../log.ts";
import { createNetworkBackend } from "./backend.ts";
import { readKernelLinks } from "./bridges.ts";
import { HostNameservers } from "./dns/host-nameservers.ts";
import { Firewall } from "./firewall.ts";
import { HostPorts } from "./host-ports.ts";
import { type KernelNames, kernelNames } from "./names.ts";
import { NetworkTable } from "./network-table.ts";
import type { ContainerDirectory } from "./ports.ts";
import { rulesetOf } from "./published.ts";
import { Resolvers } from "./resolvers.ts";
import { restoreNetworks } from "./restore.ts";
import { Sandboxes } from "./sandboxes.ts";

export interface NetworksOptions {
  /** The engine's root directory. */
  readonly root: string;
  /** 8 hex digits. */
  readonly instance: string;
  readonly isDefaultInstance: boolean;
  readonly events: EventSink;
  readonly log: Logger;
  /** `/etc/resolv.conf` unless told otherwise. */
  readonly resolvConfPath?: string;
  /** IPv4 address of this host where ports are published that name none; all addresses without it. */
  readonly publishIp?: string | undefined;
}

/** The network room. `useContainers` and `restore` come before anything else. */
export interface Networks {
  readonly sandboxes: SandboxNetworks;
  readonly backend: NetworkBackend;
  /** Containers and networks know each other; whoever is built second is handed over here. */
  readonly useContainers: (directory: ContainerDirectory) => void;
  /** Compares disk with kernel and repairs; sandboxes of containers that are not in the list are taken down. */
  readonly restore: (liveContainerIds: ReadonlySet<string>, signal: AbortSignal) => Promise<void>;
  /** What other firewalls of this host block, for people; empty when nothing does. */
  readonly warnings: () => readonly string[];
  /** Stops what runs inside the engine; containers keep their networks. With none left, bridges and rules go too. */
  readonly stop: () => Promise<void>;
  /** Takes all of this engine out of the kernel: for tests and for uninstalling. */
  readonly removeEverything: (signal: AbortSignal) => Promise<void>;
}

/** Opens the network room on the documents below `root`. Touches nothing of the kernel before `restore`. */
export async function createNetworks(options: NetworksOptions): Promise<Networks> {
  const { root, instance, events, log } = options;
  const names = kernelNames(instance, options.isDefaultInstance);
  let directory: ContainerDirectory | undefined;
  const containers = () => {
    if (directory === undefined) throw new Error("the network room was not told of the containers");
    return directory;
  };
  const table = await NetworkTable.open(root);
  const hostNameservers = await HostNameservers.open(options.resolvConfPath ?? "/etc/resolv.conf", log);
  const hostPorts = new HostPorts();
  const resolvers = new Resolvers(table, hostNameservers, log);
  const firewall = new Firewall(() => rulesetOf(table, names, (id) => resolvers.portOf(id)), log);
  const sandboxes = new Sandboxes({
    table,
    names,
    firewall,
    hostPorts,
    hostNameservers,
    events,
    containers,
    publishIp: options.publishIp,
  });
  // The default engine takes the first free networks; others begin elsewhere, so that they seldom want the same.
  const firstPool = options.isDefaultInstance ? 0 : Number.parseInt(instance, 16);
  const backend = createNetworkBackend({
    table,
    names,
    firewall,
    resolvers,
    sandboxes,
    events,
    containers,
    firstPool,
    globalId: await readGlobalId(instance),
  });
  const removeFromKernel = async (signal: AbortSignal) => {
    await resolvers.stopAll();
    await firewall.remove();
    // Another engine may be changing its chains at this moment; our devices go all the same.
    await firewall
      .dismiss()
      .catch((error: unknown) => log.warn("rules in another firewall's chains stay", { error }));
    await deleteRest(names, signal);
  };
  const stop = async () => {
    hostNameservers.close();
    // With no container left nobody needs bridges and rules: the host is as it was. The next start makes them again.
    if (table.sandboxes().length === 0) {
      await removeFromKernel(AbortSignal.timeout(stopLimitMs)).catch((error: unknown) =>
        log.warn("some of the network stays after the engine", { error }),
      );
    }
    hostPorts.releaseAll();
    await resolvers.stopAll();
    await firewall.stop();
  };
  return {
    sandboxes,
    backend,
    useContainers: (given) => {
      directory = given;
    },
    restore: (live, signal) =>
      restoreNetworks(
        { table, names, instance, firewall, resolvers, hostPorts, sandboxes, firstPool, log },
        live,
        signal,
      ),
    warnings: () => firewall.warnings,
    stop,
    removeEverything: async (signal) => {
      for (const { containerId } of table.sandboxes()) await sandboxes.remove(containerId, signal);
      await removeFromKernel(signal);
    },
  };
}

const stopLimitMs = 10_000;

/** 40 bits that no other host has, the same after each start. Source: RFC 4193, 3.2; machine-id(5). */
async function readGlobalId(instance: string): Promise<bigint> {
  const machine = await readFile("/etc/machine-id", "utf8").catch(() => hostname());
  const digest = createHash("sha256")
    .update(`${machine.trim()} ${instance} unique local addresses`)
    .digest("hex");
  return BigInt(`0x${digest.slice(0, 10)}`);
}

/** Deletes every device and namespace that carries this engine's name. Throws `internal` when some of it stays. */
async function deleteRest(names: KernelNames, signal: AbortSignal): Promise<void> {
  const left = async () => {
    const links = await readKernelLinks(names, signal);
    return [
      ...[...links.bridges, ...links.veths.keys()].map((name) => `link delete ${name}`),
      ...(await listNetns(names.netnsPrefix)).map((name) => `netns delete ${name}`),
    ];
  };
  const rest = await left();
  if (rest.length === 0) return;
  // The kernel may be deleting some of it by itself: what counts is what is left.
  const failure = await run(ipBatchForced(rest), signal).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failure === undefined || (await left()).length === 0) return;
  throw new EngineError("internal", "some of the engine's network devices cannot be removed", {
    cause: failure,
  });
}
