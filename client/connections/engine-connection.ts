import { setTimeout as sleep } from "node:timers/promises";
import { createEngineClient } from "../../runtime/api/client.ts";
import type { EngineClient } from "../../runtime/api/engine-client.ts";
import type { EventMessage } from "../../runtime/api/types/system.ts";
import { backOffMs } from "./back-off.ts";
import type { Connection, ConnectionKind, ConnectionState, Forward, Link, OpenLink } from "./connection.ts";
import { Observable, type Unsubscribe } from "./observable.ts";
import { SshError } from "./ssh-error.ts";

export interface EngineConnectionOptions {
  readonly id: string;
  readonly label: string;
  readonly kind: ConnectionKind;
  readonly open: OpenLink;
  /** Writes one line for the user's log. */
  readonly log: (line: string) => void;
}

/**
 * Keeps one engine connected: opens the link, subscribes to the engine's events (the only subscription per engine),
 * and, when either ends, opens it again with back-off until it is stopped.
 */
export class EngineConnection implements Connection {
  readonly id: string;
  readonly label: string;
  readonly kind: ConnectionKind;
  readonly client: EngineClient;
  readonly state = new Observable<ConnectionState>({ kind: "stopped" });
  readonly #open: OpenLink;
  readonly #log: (line: string) => void;
  readonly #listeners = new Set<(event: EventMessage) => void>();
  #link: Link | undefined;
  #running: { readonly abort: AbortController; readonly ended: Promise<void> } | undefined;

  constructor(options: EngineConnectionOptions) {
    this.id = options.id;
    this.label = options.label;
    this.kind = options.kind;
    this.#open = options.open;
    this.#log = (line) => options.log(`${options.label}: ${line}`);
    this.client = createEngineClient({
      name: options.label,
      connect: () => {
        if (this.#link === undefined) throw new Error(notConnected(this.state.value));
        return this.#link.connect();
      },
    });
  }

  onEvent(listener: (event: EventMessage) => void): Unsubscribe {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async forwardPort(address: string, port: number): Promise<Forward | undefined> {
    if (this.#link === undefined) throw new Error(notConnected(this.state.value));
    return await this.#link.forward?.(address, port);
  }

  async start(signal: AbortSignal): Promise<void> {
    if (this.#running === undefined) {
      const abort = new AbortController();
      this.state.set({ kind: "starting", step: "connecting" });
      const ended = this.#keepConnected(abort.signal).finally(() => {
        if (this.#running?.abort === abort) this.#running = undefined;
      });
      this.#running = { abort, ended };
    }
    const state = await this.state.until((value) => value.kind !== "starting", signal);
    if (state.kind === "failed") throw new Error(state.message);
    if (state.kind === "stopped") throw new Error(`${this.label} was stopped`);
  }

  async stop(): Promise<void> {
    const running = this.#running;
    running?.abort.abort(new Error(`${this.label} was stopped`));
    await running?.ended;
    this.state.set({ kind: "stopped" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.#listeners.clear();
  }

  /** Runs until stopped, or until connecting fails for good; never rejects. */
  async #keepConnected(signal: AbortSignal): Promise<void> {
    let failures = 0;
    let wasConnected = false;
    while (!signal.aborted) {
      try {
        const livedMs = await this.#connectOnce(!wasConnected, signal, () => {
          wasConnected = true;
        });
        failures = livedMs > steadyMs ? 0 : failures + 1;
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        const message = messageOf(error);
        this.#log(message);
        // What never worked will not work by itself: the user is told and decides.
        if (!wasConnected || (failures > maxFailures && !isUnreachable(error))) {
          this.state.set({ kind: "failed", message });
          return;
        }
      }
      if (signal.aborted) return;
      const delayMs = backOffMs(failures);
      this.state.set({ kind: "starting", step: `reconnecting in ${Math.ceil(delayMs / 1000)} s` });
      await sleep(delayMs, undefined, { signal, ref: false }).catch(() => {});
      if (!signal.aborted) this.state.set({ kind: "starting", step: "reconnecting" });
    }
  }

  /** Connects and follows events until the link ends; gives how long it was connected. */
  async #connectOnce(mayAsk: boolean, signal: AbortSignal, onConnected: () => void): Promise<number> {
    const report = (step: string) => {
      if (!signal.aborted) this.state.set({ kind: "starting", step });
    };
    await using link = await this.#open({ mayAsk, report }, signal);
    this.#link = link;
    try {
      signal.throwIfAborted();
      const over = new AbortController();
      const both = AbortSignal.any([signal, over.signal]);
      void link.closed.then((reason) => over.abort(new Error(reason)));
      const version = await this.client.system.version(both);
      const since = await engineTime(this.client, both);
      this.state.set({ kind: "connected", version: version.Version });
      this.#log(`connected to engine ${version.Version}`);
      onConnected();
      const startedMs = Date.now();
      const reason = await this.#followEvents(since, both);
      if (!signal.aborted) this.#log(`connection lost: ${reason}`);
      return Date.now() - startedMs;
    } finally {
      this.#link = undefined;
    }
  }

  async #followEvents(since: number, signal: AbortSignal): Promise<string> {
    try {
      for await (const event of this.client.system.events({ since }, signal)) {
        for (const listener of [...this.#listeners]) listener(event);
      }
      return "the engine ended its event stream";
    } catch (error) {
      return messageOf(error);
    }
  }
}

/** A connection that held this long was a good one: the next failure is the first again. */
const steadyMs = 30_000;
const maxFailures = 8;

/** The engine's clock in Unix seconds: events from then on are asked for, so that none is missed between list and subscription. */
async function engineTime(client: EngineClient, signal: AbortSignal): Promise<number> {
  const info = await client.system.info(signal);
  const time = typeof info.SystemTime === "string" ? Date.parse(info.SystemTime) : Number.NaN;
  return Math.floor((Number.isNaN(time) ? Date.now() : time) / 1000);
}

/** A host that is away (a laptop that sleeps, a network that is down) is waited for as long as it takes. */
function isUnreachable(error: unknown): boolean {
  return error instanceof SshError && (error.stage === "resolving" || error.stage === "connecting");
}

function notConnected(state: ConnectionState): string {
  return state.kind === "failed" ? state.message : `not connected (${state.kind})`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
