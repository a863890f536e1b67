import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { nftMonitorArgv } from "../host/nft.ts";
import { startProgram } from "../host/run.ts";
import type { Logger } from "../log.ts";

/** One transaction of the kernel's rule set, as `nft monitor` tells it. */
export interface Transaction {
  readonly pid: number;
  /** Whether it took something away from the table that is watched. */
  readonly hurts: boolean;
  /** Whether it changed the forwarding of the host's own firewall, where our bridges must be let through. */
  readonly changesForwarding: boolean;
}

/** Reads `nft monitor` line by line; gives a transaction at its last line. Source: nft(8), "MONITOR". */
export function transactionReader(table: string): (line: string) => Transaction | undefined {
  const deleted = new RegExp(`^(delete|destroy) (table|chain|rule|set|map|element) inet ${table}( |$)`);
  let hurts = false;
  let changesForwarding = false;
  return (line) => {
    if (deleted.test(line)) hurts = true;
    if (forwarding.test(line)) changesForwarding = true;
    const end = /^# new generation \d+ by process (\d+)/.exec(line);
    if (end === null) return undefined;
    const transaction = { pid: Number(end[1]), hurts, changesForwarding };
    hurts = false;
    changesForwarding = false;
    return transaction;
  };
}

/** The whole chain (its policy), or a rule taken out of it: not each rule that another engine adds. */
const forwarding =
  /^(add|delete|destroy) chain ip filter (FORWARD|DOCKER-USER)|^(delete|destroy) rule ip filter DOCKER-USER/;

export interface WatchOptions {
  readonly table: string;
  /** Whether the process is one of the engine's. */
  readonly isOwn: (pid: number) => boolean;
  /** Somebody else flushed or cut the table. */
  readonly onHurt: () => Promise<void>;
  readonly onForwarding: () => Promise<void>;
  readonly log: Logger;
}

const restartMs = 5000;
const maxRepairs = 20;
const perMs = 60_000;

/**
 * Repairs the table as soon as somebody else takes from it (`nft flush ruleset`, a reload of another firewall). Runs until
 * aborted. Gives up when the other side never rests: two programs that undo each other help nobody.
 */
export async function watchTable(options: WatchOptions, signal: AbortSignal): Promise<void> {
  const { log, table } = options;
  const repairs: number[] = [];
  const read = transactionReader(table);
  const onLine = async (line: string): Promise<void> => {
    const transaction = read(line);
    if (transaction === undefined || options.isOwn(transaction.pid)) return;
    if (transaction.changesForwarding) await options.onForwarding();
    if (!transaction.hurts) return;
    const now = Date.now();
    repairs.push(now);
    while ((repairs[0] ?? now) < now - perMs) repairs.shift();
    if (repairs.length > maxRepairs) throw new Error("another program keeps removing the firewall table");
    log.warn("another program removed firewall rules; they are written again", {
      table,
      pid: transaction.pid,
    });
    await options.onHurt();
  };
  while (!signal.aborted) {
    const program = startProgram({ argv: nftMonitorArgv, stdin: "none" }, signal);
    try {
      for await (const line of linesOf(program.stdout)) await onLine(line);
    } finally {
      program.kill("SIGTERM");
    }
    const code = await program.exited;
    if (signal.aborted) return;
    log.warn("firewall changes are not followed for a moment", { code });
    await delay(restartMs, undefined, { signal });
  }
}

const maxLineLength = 64 * 1024;

/** Whole lines of a stream; ends where the stream ends or is destroyed. What is longer than 64 KiB is cut into pieces. */
async function* linesOf(stream: Readable): AsyncGenerator<string> {
  let rest = "";
  try {
    for await (const chunk of stream.setEncoding("utf8")) {
      const lines = (rest + String(chunk)).split("\n");
      rest = lines.pop() ?? "";
      if (rest.length > maxLineLength) {
        lines.push(rest);
        rest = "";
      }
      yield* lines;
    }
  } catch (error) {
    if (!stream.destroyed) throw error;
  }
}
