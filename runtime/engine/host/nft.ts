import type { Command } from "./run.ts";

/** `nft -f -`: the whole text is one transaction; all of it takes effect or nothing does. Source: nft(8). */
export function nftApply(ruleset: string): Command<void> {
  return { argv: ["nft", "-f", "-"], stdin: ruleset, parse: () => {} };
}

/** `nft list tables`: `family name` of each. */
export function nftListTables(): Command<readonly string[]> {
  return { argv: ["nft", "list", "tables"], parse: parseTables };
}

export function parseTables(output: string): readonly string[] {
  return output
    .split("\n")
    .filter((line) => line.startsWith("table "))
    .map((line) => line.slice("table ".length).trim());
}

/** `nft list table inet NAME`, as text. */
export function nftListTable(name: string): Command<string> {
  return { argv: ["nft", "list", "table", "inet", name], parse: (output) => output };
}

/** A base chain as another program made it. */
export interface BaseChain {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly hook: string | undefined;
  readonly policy: string | undefined;
}

/** `nft -j list chains`. */
export function nftListChains(): Command<readonly BaseChain[]> {
  return { argv: ["nft", "-j", "list", "chains"], parse: parseChains };
}

/** Source: libnftables-json(5). */
export function parseChains(json: string): readonly BaseChain[] {
  const value: unknown = json.trim() === "" ? {} : JSON.parse(json);
  const rows = property(value, "nftables");
  if (!Array.isArray(rows)) return [];
  return rows.flatMap((row: unknown) => {
    const chain = property(row, "chain");
    const [family, table, name] = ["family", "table", "name"].map((key) => text(property(chain, key)));
    if (family === undefined || table === undefined || name === undefined) return [];
    return [
      { family, table, name, hook: text(property(chain, "hook")), policy: text(property(chain, "policy")) },
    ];
  });
}

/** `nft -a list chain FAMILY TABLE CHAIN`, as text with handles. */
export function nftListChain(family: string, table: string, chain: string): Command<string> {
  return { argv: ["nft", "-a", "list", "chain", family, table, chain], parse: (output) => output };
}

/**
 * `nft monitor`: prints every change of the rule set for as long as it runs. `setpriv` (util-linux) has the kernel kill it
 * when the engine dies: it would notice the closed pipe only at the next change of rules.
 */
export const nftMonitorArgv = ["setpriv", "--pdeathsig", "KILL", "nft", "monitor"] as const;

function property(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
