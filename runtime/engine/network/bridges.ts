import { readdir } from "node:fs/promises";
import { EngineError } from "../error.ts";
import { ipBatch, ipBatchForced, listAddresses, listLinks, listRoutedSubnets } from "../host/ip.ts";
import { run } from "../host/run.ts";
import { readSysctl, writeSysctl } from "../host/sysctl.ts";
import { macOf, parseSubnet, prefixLengthOf, printAddress, type Subnet } from "./address.ts";
import { parseBridgeOptions } from "./driver-options.ts";
import type { KernelNames } from "./names.ts";
import type { NetworkDocument } from "./network-document.ts";
import { readPool } from "./pool-document.ts";
import { type Bridge, bridgeLines, bridgeUpLines } from "./sandbox-commands.ts";

/** The bridge a network's document asks for; undefined for networks without one. */
export function bridgeOf(network: NetworkDocument, names: KernelNames): Bridge | undefined {
  if (network.bridge === undefined) return undefined;
  const pools = network.pools.map(readPool);
  const [first] = pools;
  if (first === undefined) throw new Error(`network ${network.id} has no pool on disk`);
  return {
    name: network.bridge,
    alias: names.bridgeAlias,
    mac: macOf(first.gateway),
    gateways: pools.map(({ gateway, subnet }) => `${printAddress(gateway)}/${prefixLengthOf(subnet)}`),
    mtu: parseBridgeOptions(network.options).mtu,
  };
}

/** Makes the bridge, or nothing when that fails. */
export async function createBridge(bridge: Bridge, signal: AbortSignal): Promise<void> {
  if (hasIpv6(bridge)) await enableIpv6Forwarding();
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
  if (hasIpv6(bridge)) await enableIpv6Forwarding();
  await run(ipBatch(isThere ? bridgeUpLines(bridge) : bridgeLines(bridge)), signal);
  await openLoopback(bridge.name);
}

function hasIpv6({ gateways }: Bridge): boolean {
  return gateways.some((gateway) => gateway.includes(":"));
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

/**
 * The same for IPv6. A router takes no advertisements of other routers, unless told so (`accept_ra` 2): a host that has its
 * own default route from them keeps it. Throws `unavailable` on a host without IPv6.
 */
export async function enableIpv6Forwarding(): Promise<void> {
  const all = "net/ipv6/conf/all";
  const isOff = await readSysctl(`${all}/disable_ipv6`).catch(() => "1");
  if (isOff !== "0") {
    throw new EngineError(
      "unavailable",
      "IPv6 is switched off on this host (net.ipv6.conf.all.disable_ipv6)",
    );
  }
  if ((await readSysctl(`${all}/forwarding`)) === "1") return;
  for (const link of await readdir("/proc/sys/net/ipv6/conf")) {
    const path = `net/ipv6/conf/${link}/accept_ra`;
    // A device may go away while we look.
    if ((await readSysctl(path).catch(() => "0")) === "1") await writeSysctl(path, "2").catch(() => {});
  }
  await writeSysctl(`${all}/forwarding`, "1");
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
  const [routes, routes6, addresses] = await Promise.all([
    run(listRoutedSubnets(4), signal),
    run(listRoutedSubnets(6), signal),
    run(listAddresses(), signal),
  ]);
  const texts = [
    ...routes,
    ...routes6,
    ...addresses.map(({ address, prefixLength }) => `${address}/${prefixLength}`),
  ];
  return texts.flatMap((text) => parseSubnet(text) ?? []).filter((subnet) => prefixLengthOf(subnet) > 0);
}
