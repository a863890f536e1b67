import { forgetFlows } from "../host/conntrack.ts";
import { nftApply, nftListChain, nftListChains } from "../host/nft.ts";
import { run, startProgram } from "../host/run.ts";
import type { Logger } from "../log.ts";
import {
  admissionChain,
  hasUserChain,
  parseJumpHandle,
  planAdmission,
  printDismissal,
  userChain,
} from "./coexistence.ts";
import { watchTable } from "./firewall-watch.ts";
import { udpFlowsTo } from "./published.ts";
import {
  type PublishedTarget,
  printPublish,
  printRemoval,
  printRuleset,
  printUnpublish,
  type Ruleset,
} from "./ruleset.ts";

/** A change that waits for its turn: some elements, or everything anew. */
interface Change {
  readonly text: string | "everything";
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

const limitMs = 20_000;
const keptPids = 64;

/**
 * The engine's nft table. Changes are made in the order they come; those that come while nft runs go together in the next
 * transaction. An element that cannot be changed alone means that the table is not what we think: then it is written anew.
 */
export class Firewall {
  readonly #ruleset: () => Ruleset;
  readonly #log: Logger;
  readonly #stop = new AbortController();
  #pending: Change[] = [];
  readonly #ownPids: number[] = [];
  #warnings: readonly string[] = [];
  #running: Promise<void> | undefined;
  #watching: Promise<void> | undefined;

  /** `ruleset` gives what should be there at the moment it is called. */
  constructor(ruleset: () => Ruleset, log: Logger) {
    this.#ruleset = ruleset;
    this.#log = log;
  }

  /** Replaces the whole table in one transaction. */
  async applyAll(): Promise<void> {
    await this.#change("everything");
  }

  async publish(ports: readonly PublishedTarget[]): Promise<void> {
    if (ports.length === 0) return;
    await this.#change(printPublish(this.#ruleset().table, ports));
    await this.#forgetFlows(ports);
  }

  /** Returns at once: removing elements is slow, and what they point to is gone already. */
  unpublish(ports: readonly PublishedTarget[]): void {
    if (ports.length === 0) return;
    this.#change(printUnpublish(this.#ruleset().table, ports)).catch((error: unknown) =>
      this.#log.error("port mappings cannot be removed from the firewall", { ports, error }),
    );
  }

  /** A UDP client that never rests would be sent to the container that had the port before, or to none, for ever. */
  async #forgetFlows(ports: readonly PublishedTarget[]): Promise<void> {
    const isMeant = udpFlowsTo(ports);
    if (isMeant === undefined) return;
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(limitMs)]);
    await forgetFlows(isMeant, signal).catch((error: unknown) =>
      this.#log.warn("UDP clients of an earlier container may not reach this one", { ports, error }),
    );
  }

  /** Takes the table away after everything that waits. */
  async remove(): Promise<void> {
    await this.#change(printRemoval(this.#ruleset().table));
  }

  /** What other firewalls of the host block, as it was at the last look; for people. */
  get warnings(): readonly string[] {
    return this.#warnings;
  }

  /** Looks at the host's other firewalls and lets our bridges through Docker's; to be called when bridges come or go. */
  async admit(): Promise<void> {
    const { table, networks } = this.#ruleset();
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(limitMs)]);
    try {
      const chains = await run(nftListChains(), signal);
      const bridges = networks.filter(({ internal }) => !internal).map(({ bridge }) => bridge);
      const userRules = hasUserChain(chains)
        ? await run(nftListChain("ip", "filter", userChain), signal)
        : "";
      const admission = planAdmission(table, bridges, chains, userRules);
      if (admission.text !== undefined) await this.#apply(admission.text);
      for (const warning of admission.warnings) {
        if (!this.#warnings.includes(warning))
          this.#log.warn("another firewall blocks containers", { warning });
      }
      this.#warnings = admission.warnings;
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#log.warn("other firewalls cannot be looked at", { error });
    }
  }

  /** Takes our rules out of Docker's chain. */
  async dismiss(): Promise<void> {
    const { table } = this.#ruleset();
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(limitMs)]);
    const chains = await run(nftListChains(), signal);
    if (!chains.some((chain) => chain.table === "filter" && chain.name === admissionChain(table))) return;
    const userRules = hasUserChain(chains) ? await run(nftListChain("ip", "filter", userChain), signal) : "";
    await this.#apply(printDismissal(table, parseJumpHandle(table, userRules)));
  }

  /** From now on the table is written again whenever another program takes from it. */
  watch(): void {
    this.#watching ??= watchTable(
      {
        table: this.#ruleset().table,
        isOwn: (pid) => this.#ownPids.includes(pid),
        onHurt: () => this.applyAll(),
        onForwarding: () => this.admit(),
        log: this.#log,
      },
      this.#stop.signal,
    ).catch((error: unknown) => {
      if (!this.#stop.signal.aborted) this.#log.error("firewall rules are not guarded any more", { error });
    });
  }

  /** Waits until nothing waits any more. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** Ends what runs; the rules stay. */
  async stop(): Promise<void> {
    await this.idle();
    this.#stop.abort(new Error("the firewall was stopped"));
    await this.#watching;
  }

  #change(text: Change["text"]): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#pending.push({ text, done: resolve, failed: reject });
    this.#running ??= this.#work().finally(() => {
      this.#running = undefined;
    });
    return promise;
  }

  async #work(): Promise<void> {
    while (this.#pending.length > 0) {
      const batch = this.#pending;
      this.#pending = [];
      try {
        await this.#applyBatch(batch);
        for (const change of batch) change.done();
      } catch (error) {
        for (const change of batch) change.failed(error);
      }
    }
  }

  async #applyBatch(batch: readonly Change[]): Promise<void> {
    const isWhole = batch.some((change) => change.text === "everything");
    if (!isWhole) {
      try {
        await this.#apply(batch.map((change) => change.text).join(""));
        return;
      } catch (error) {
        this.#log.warn("firewall table was not as left; it is written anew", { error });
      }
    }
    await this.#apply(printRuleset(this.#ruleset()));
  }

  async #apply(text: string): Promise<void> {
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(limitMs)]);
    const { argv, stdin } = nftApply(text);
    const program = startProgram({ argv, stdin: "pipe", stdout: "none" }, signal);
    // By this the watch knows which changes are our own.
    this.#ownPids.push(program.pid);
    if (this.#ownPids.length > keptPids) this.#ownPids.shift();
    program.stdin?.end(stdin);
    await program.succeeded();
  }
}
