import { type ComposeFindings, lintCompose } from "./lint.ts";
import type { PathKind } from "./rule.ts";
import type { ComposeSource } from "./source.ts";

/** What the linter asks of the disk. Neither throws. */
export interface Disk {
  /** The text of a file; undefined: there is none that can be read. */
  readFile(path: string): Promise<string | undefined>;
  kindOf(path: string): Promise<PathKind>;
}

/** What is known of the disk around a Compose file; the linter's questions fill it. */
export interface DiskFacts {
  readonly others: Map<string, string | undefined>;
  readonly paths: Map<string, PathKind>;
}

/** Rounds of reading files that a Compose file names, and those name in turn. */
const MAXIMUM_ROUNDS = 8;

/** Nothing is known yet. */
export function noFacts(): DiskFacts {
  return { others: new Map(), paths: new Map() };
}

/** Lints until nothing is asked for any more; mostly all is known and one look is enough. */
export async function lintWithDisk(
  source: Omit<ComposeSource, keyof DiskFacts>,
  facts: DiskFacts,
  disk: Disk,
): Promise<ComposeFindings> {
  for (let round = 0; ; round++) {
    const findings = lintCompose({ ...source, ...facts });
    const { wanted, wantedPaths } = findings;
    if ((wanted.length === 0 && wantedPaths.length === 0) || round === MAXIMUM_ROUNDS) return findings;
    await Promise.all([
      ...wanted.map(async (path) => facts.others.set(path, await disk.readFile(path))),
      ...wantedPaths.map(async (path) => facts.paths.set(path, await disk.kindOf(path))),
    ]);
  }
}
