import type { WaitResponse } from "../../api/types/container.ts";
import { EngineError } from "../error.ts";
import type { JsonStore } from "../store/json-store.ts";
import { type ContainerDocument, isRunning, type StateDocument } from "./document.ts";

/** A container in memory: its document as it is on disk, and those who wait for it. */
export class ContainerRecord {
  readonly id: string;
  readonly #store: JsonStore<ContainerDocument>;
  #document: ContainerDocument;
  readonly #startListeners = new Set<() => void>();
  #exit = Promise.withResolvers<WaitResponse>();
  #stop = Promise.withResolvers<WaitResponse>();
  readonly #removal = Promise.withResolvers<WaitResponse>();

  constructor(store: JsonStore<ContainerDocument>, document: ContainerDocument) {
    this.id = document.id;
    this.#store = store;
    this.#document = document;
  }

  get document(): ContainerDocument {
    return this.#document;
  }

  get state(): StateDocument {
    return this.#document.state;
  }

  get isRunning(): boolean {
    return isRunning(this.state);
  }

  /** The end of the run that is on, or of the next one. */
  get exited(): Promise<WaitResponse> {
    return this.#exit.promise;
  }

  /** Like `exited`, but an end after which the restart policy starts it again does not count. */
  get stopped(): Promise<WaitResponse> {
    return this.#stop.promise;
  }

  get removed(): Promise<WaitResponse> {
    return this.#removal.promise;
  }

  /** On disk when it resolves; seen by readers from then on. */
  async update(change: Partial<ContainerDocument>): Promise<void> {
    const next = { ...this.#document, ...change };
    await this.#store.write(this.id, next);
    const begins = !this.isRunning && isRunning(next.state);
    this.#document = next;
    if (!begins) return;
    for (const listener of this.#startListeners) listener();
    this.#startListeners.clear();
  }

  /** Calls once when the next run begins, unless aborted before. */
  onceRunning(listener: () => void, signal: AbortSignal): void {
    this.#startListeners.add(listener);
    signal.addEventListener("abort", () => this.#startListeners.delete(listener), { once: true });
  }

  async updateState(change: Partial<StateDocument>): Promise<void> {
    await this.update({ state: { ...this.state, ...change } });
  }

  /** Seen at once, on disk with the next update: for what the next check finds out anew. */
  note(change: Partial<StateDocument>): void {
    this.#document = { ...this.#document, state: { ...this.state, ...change } };
  }

  /** Tells those who wait that the run has ended. */
  announceExit(options: { readonly restarts: boolean }): void {
    const response = this.#response();
    this.#exit.resolve(response);
    this.#exit = Promise.withResolvers();
    if (options.restarts) return;
    this.#stop.resolve(response);
    this.#stop = Promise.withResolvers();
  }

  announceRemoval(): void {
    this.#removal.resolve(this.#response());
    this.#exit.resolve(this.#response());
    this.#stop.resolve(this.#response());
  }

  requireRunning(): void {
    if (!this.isRunning) throw new EngineError("conflict", `container ${this.id} is not running`);
  }

  /** A container that is being removed does nothing else any more. */
  refuseRemoved(): void {
    const { status } = this.state;
    if (status === "removing" || status === "dead") {
      throw new EngineError("conflict", `container is marked for removal and cannot be started: ${this.id}`);
    }
  }

  #response(): WaitResponse {
    return { StatusCode: this.state.exitCode };
  }
}
