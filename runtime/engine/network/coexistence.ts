import type { BaseChain } from "../host/nft.ts";

/** What other firewalls of this host mean for our networks. */
export interface Admission {
  /** A transaction that lets our bridges through Docker's filter; undefined when nothing is to do. */
  readonly text: string | undefined;
  /** For people: what is blocked and what helps. */
  readonly warnings: readonly string[];
}

/** The chain that Docker Engine keeps for others' rules. */
export const userChain = "DOCKER-USER";

export function hasUserChain(chains: readonly BaseChain[]): boolean {
  return chains.some((chain) => isFilter(chain) && chain.name === userChain);
}

/** The chain of ours that Docker's user chain jumps to. */
export function admissionChain(table: string): string {
  return table.toUpperCase().replaceAll("_", "-");
}

/**
 * A packet that our table accepts is still dropped by another table's policy: Docker Engine sets FORWARD to DROP, and so do
 * ufw and hardened hosts. Docker's DOCKER-USER chain is the place it keeps for others' rules: there our bridges are let
 * through, except towards Docker's own networks, which stay behind Docker's isolation. `userRules` is the listing of
 * that chain with handles. The rules are such that `iptables` can show them.
 */
export function planAdmission(
  table: string,
  bridges: readonly string[],
  chains: readonly BaseChain[],
  userRules: string,
): Admission {
  const strangers = chains.filter((chain) => chain.table !== table && ["ip", "inet"].includes(chain.family));
  const drops = (hook: string) =>
    strangers.filter((chain) => chain.hook === hook && chain.policy === "drop").map(printChainName);
  const hasPlace = hasUserChain(chains);
  const forward = drops("forward");
  const input = drops("input");
  const inputWarnings =
    input.length === 0
      ? []
      : [
          `The firewall (${input.join(", ")}) drops what it does not know: containers may not reach the engine's resolver. Allow UDP and TCP port 53 from the bridges.`,
        ];
  if (forward.length === 0) return { text: undefined, warnings: inputWarnings };
  const others = forward.filter((name) => name !== "ip filter FORWARD" || !hasPlace);
  const forwardWarnings =
    others.length === 0
      ? []
      : [
          `The firewall (${others.join(", ")}) drops forwarded packets: containers may not reach the outside, nor published ports be reached. Allow forwarding from and to the bridges.`,
        ];
  const text = hasPlace ? printAdmission(table, bridges, userRules) : undefined;
  return { text, warnings: [...forwardWarnings, ...inputWarnings] };
}

function isFilter(chain: BaseChain): boolean {
  return chain.family === "ip" && chain.table === "filter";
}

function printChainName(chain: BaseChain): string {
  return `${chain.family} ${chain.table} ${chain.name}`;
}

function printAdmission(table: string, bridges: readonly string[], userRules: string): string {
  const chain = `ip filter ${admissionChain(table)}`;
  const hasJump = parseJumpHandle(table, userRules) !== undefined;
  return [
    `add chain ${chain}`,
    `flush chain ${chain}`,
    // What goes into our networks is judged by our own table.
    ...bridges.map((bridge) => `add rule ${chain} oifname "${bridge}" counter accept`),
    ...bridges.flatMap((bridge) => [
      `add rule ${chain} iifname "${bridge}" oifname "docker*" counter return`,
      `add rule ${chain} iifname "${bridge}" oifname "br-*" counter return`,
      `add rule ${chain} iifname "${bridge}" counter accept`,
    ]),
    ...(hasJump ? [] : [`insert rule ip filter ${userChain} counter jump ${admissionChain(table)}`]),
    "",
  ].join("\n");
}

/** Takes the jump (`handle`, when there is one) and the chain away. */
export function printDismissal(table: string, handle: number | undefined): string {
  const chain = admissionChain(table);
  const jump = handle === undefined ? "" : `delete rule ip filter ${userChain} handle ${handle}\n`;
  return `${jump}flush chain ip filter ${chain}\ndelete chain ip filter ${chain}\n`;
}

/** The handle of the jump in the output of `nft -a list chain ip filter DOCKER-USER`. */
export function parseJumpHandle(table: string, listing: string): number | undefined {
  const match = new RegExp(`jump ${admissionChain(table)} # handle (\\d+)`).exec(listing);
  return match === null ? undefined : Number(match[1]);
}
