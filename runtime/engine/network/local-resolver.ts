import { inNetns } from "../host/netns.ts";
import { nftApply } from "../host/nft.ts";
import { run } from "../host/run.ts";
import { setSysctl } from "../host/sysctl.ts";
import { type EndpointDocument, hasLink } from "./sandbox-document.ts";

/** Where Docker's resolver listens in every container; configurations name it (`resolver 127.0.0.11;` of nginx). */
export const localResolver = "127.0.0.11";

/**
 * Rules inside of a container's namespace that lead 127.0.0.11 to the resolver of its first network with names; undefined
 * without one. `/etc/resolv.conf` names the resolver itself, so a container that drops its rules still finds names.
 */
export function localResolverRules(endpoints: readonly EndpointDocument[]): string | undefined {
  const resolver = endpoints.filter(hasLink).find(({ link }) => link.resolver !== undefined)?.link.resolver;
  if (resolver === undefined) return undefined;
  return [
    "table ip berth_names",
    "delete table ip berth_names",
    "table ip berth_names {",
    "\tchain output {",
    "\t\ttype nat hook output priority -100; policy accept;",
    `\t\tip daddr ${localResolver} meta l4proto { tcp, udp } th dport 53 dnat to ${resolver}`,
    "\t}",
    "\tchain postrouting {",
    "\t\ttype nat hook postrouting priority srcnat; policy accept;",
    '\t\toifname != "lo" ip saddr 127.0.0.0/8 masquerade',
    "\t}",
    "}",
    "",
  ].join("\n");
}

/** Sets the rules in a namespace. Without nft they stay away: the resolver's own address works all the same. */
export async function leadToResolver(
  netns: string,
  endpoints: readonly EndpointDocument[],
  signal: AbortSignal,
): Promise<void> {
  const rules = localResolverRules(endpoints);
  if (rules === undefined) return;
  // Answers come back to 127.0.0.1 from another interface than `lo`.
  const open = inNetns(netns, setSysctl("net/ipv4/conf/all/route_localnet", "1"));
  await Promise.allSettled([run(open, signal), run(inNetns(netns, nftApply(rules)), signal)]);
  signal.throwIfAborted();
}
