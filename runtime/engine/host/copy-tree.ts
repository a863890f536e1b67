import type { Command } from "./run.ts";

/** Copies what is in a directory into another one, with owners, modes, times, links and extended attributes. */
export function copyTree(from: string, to: string): Command<void> {
  return { argv: ["cp", "-a", "--", `${from}/.`, to], limitMs: 600_000, parse: () => {} };
}

/** Makes the same pipe, socket or device where nothing stands. */
export function copyNode(from: string, to: string): Command<void> {
  return { argv: ["cp", "-a", "--no-target-directory", "--", from, to], parse: () => {} };
}
