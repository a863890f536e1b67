import { ipBatch, ipBatchForced, listAddresses, listLinks, listRoutedSubnets } from "../host/ip.ts";
import { run } from "../host/run.ts";
import { writeSysctl } from "../host/sysctl.ts";
import { macOf, parseSubnet, type Subnet } from "./address.ts";
import type { KernelNames } from "./names.ts";
import { type NetworkDocument, parseBridgeOptions, readPool } from "./network-document.ts";
import { type Bridge, bridgeLines, bridgeUpLines } from "./sandbox-commands.ts";

/** The bridge a network's document asks for; undefined for networks without one. */
export function bridgeOf(network: NetworkDocument, names: KernelNames): Bridge | undefined {
  const pool = readPool(network);
  if (pool === undefined || network.pool === undefined || network.bridge === undefined) return undefined;
  return {
    name: network.bridge,
    alias: names.bridgeAlias,
    mac: macOf(pool.gateway),
    gateway: network.pool.gateway,
    subnet: pool.subnet,
    mtu: parseBridgeOptions(network.options).mtu,
  };
}

/** Makes the bridge, or nothing when that fails. */
export async function createBridge(bridge: Bridge, signal: AbortSignal): Promise<void> {
  try {
    await run(ipBatch(bridgeLines(bridge)), signal);
    await openLoopback(bridge.name);
  } catch (error) {
    await deleteBridges([bridge.name]);
    throw error;
  }
}

/** Brings a bridge back to what it should be: made if it is missing, otherwise address and state set again. */
export async function repairBridge(bridge: Bridge, isThere: boolean, signal: AbortSignal): Promise<void> {
  await run(ipBatch(isThere ? bridgeUpLines(bridge) : bridgeLines(bridge)), signal);
  await openLoopback(bridge.name);
}

/** Does nothing for those that are gone. Undoing does not wait for anybody's signal. */
export async function deleteBridges(names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  await run(ipBatchForced(names.map((name) => `link delete ${name}`)), AbortSignal.timeout(20_000)).catch(
    () => {},
  );
}

/** The host is a router from now on. */
export async function enableForwarding(): Promise<void> {
  await writeSysctl("net/ipv4/ip_forward", "1");
}

/** Lets 127.0.0.1 reach published ports; the firewall keeps everybody else out of 127.0.0.0/8. */
async function openLoopback(bridge: string): Promise<void> {
  await writeSysctl(`net/ipv4/conf/${bridge}/route_localnet`, "1");
}

/** What the kernel has of this engine. */
export interface KernelLinks {
  /** Names of all devices, strangers' too. */
  readonly all: ReadonlySet<string>;
  readonly bridges: ReadonlySet<string>;
  readonly veths: ReadonlyMap<string, { readonly master: string | undefined }>;
}

export async function readKernelLinks(names: KernelNames, signal: AbortSignal): Promise<KernelLinks> {
  const links = await run(listLinks(), signal);
  return {
    all: new Set(links.map(({ name }) => name)),
    bridges: new Set(
      links
        .filter(({ kind, alias }) => kind === "bridge" && alias === names.bridgeAlias)
        .map(({ name }) => name),
    ),
    veths: new Map(
      links
        .filter(({ name }) => name.startsWith(names.vethPrefix))
        .map(({ name, master }) => [name, { master }]),
    ),
  };
}

/** Networks the host already knows a way to: no pool may touch them. */
export async function readHostSubnets(signal: AbortSignal): Promise<readonly Subnet[]> {
  const [routes, addresses] = await Promise.all([
    run(listRoutedSubnets(), signal),
    run(listAddresses(), signal),
  ]);
  const texts = [...routes, ...addresses.map(({ address, prefixLength }) => `${address}/${prefixLength}`)];
  return texts.flatMap((text) => parseSubnet(text) ?? []).filter(({ prefixLength }) => prefixLength > 0);
}
