import type { EngineClient } from "../../runtime/api/engine-client.ts";
import type { ContainerSummary } from "../../runtime/api/types/container.ts";
import type { ImageSummary } from "../../runtime/api/types/image.ts";
import type { NetworkInspect } from "../../runtime/api/types/network.ts";
import type { EventMessage } from "../../runtime/api/types/system.ts";
import type { Volume } from "../../runtime/api/types/volume.ts";
import type { Connection } from "../connections/connection.ts";
import { Observable } from "../connections/observable.ts";

/** What an engine holds; undefined until it was read for the first time. */
export interface Lists {
  readonly containers?: readonly ContainerSummary[];
  readonly images?: readonly ImageSummary[];
  readonly volumes?: readonly Volume[];
  readonly networks?: readonly NetworkInspect[];
}

export type ListKind = "containers" | "images" | "volumes" | "networks";

const kinds: readonly ListKind[] = ["containers", "images", "volumes", "networks"];

/** Which lists an event makes old. */
export function listsTouchedBy(event: EventMessage): readonly ListKind[] {
  switch (event.Type) {
    case "container":
      // What happens inside a container, and what only shows it, changes no list.
      if (/^(exec_|attach|top|resize|copy|archive-path|export)/.test(event.Action)) return [];
      return ["containers"];
    case "image":
      return ["images"];
    case "volume":
      // A mount by a container changes which volumes are in use, not which there are.
      return event.Action === "mount" || event.Action === "unmount" ? [] : ["volumes"];
    case "network":
      return event.Action === "connect" || event.Action === "disconnect" ? [] : ["networks"];
    case "builder":
    case "daemon":
      return [];
  }
}

/**
 * The lists of one connection, kept up to date by its events: an event has the list it touches read again, and events
 * that come while it is being read have it read once more. Nothing is read while nothing happens.
 */
export class LiveLists implements Disposable {
  readonly lists = new Observable<Lists>({});
  readonly #connection: Connection;
  readonly #log: (line: string) => void;
  readonly #abort = new AbortController();
  readonly #reading = new Map<ListKind, "once" | "again">();
  readonly #subscriptions: (() => void)[];
  #settling: NodeJS.Timeout | undefined;

  constructor(connection: Connection, log: (line: string) => void) {
    this.#connection = connection;
    this.#log = log;
    this.#subscriptions = [
      connection.onEvent((event) => this.refresh(listsTouchedBy(event))),
      connection.state.subscribe((state) => {
        if (state.kind === "connected") this.refresh();
        else if (state.kind !== "starting") this.lists.set({});
      }),
    ];
    if (connection.state.value.kind === "connected") this.refresh();
  }

  /** Reads these lists again; what stands in the way is logged, the connection's state tells the user. */
  refresh(wanted: readonly ListKind[] = kinds): void {
    for (const kind of wanted) {
      if (this.#reading.has(kind)) this.#reading.set(kind, "again");
      else void this.#read(kind);
    }
  }

  [Symbol.dispose](): void {
    this.#abort.abort();
    clearTimeout(this.#settling);
    for (const unsubscribe of this.#subscriptions) unsubscribe();
  }

  /** `Up 2 seconds` is wrong a moment later and no event says so: it is read once more when the minute is over. */
  #settle(containers: readonly ContainerSummary[]): void {
    if (!containers.some(({ Status }) => /^Up (Less than a second|\d+ seconds?)/.test(Status ?? ""))) return;
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.refresh(["containers"]), 61_000);
    this.#settling.unref();
  }

  async #read(kind: ListKind): Promise<void> {
    do {
      this.#reading.set(kind, "once");
      try {
        const list = await readList(this.#connection.client, kind, this.#abort.signal);
        this.lists.set({ ...this.lists.value, ...list });
        this.#settle(list.containers ?? []);
      } catch (error) {
        if (this.#abort.signal.aborted) break;
        this.#log(`${this.#connection.label}: cannot list ${kind}: ${String(error)}`);
        break;
      }
    } while (this.#reading.get(kind) === "again");
    this.#reading.delete(kind);
  }
}

async function readList(client: EngineClient, kind: ListKind, signal: AbortSignal): Promise<Lists> {
  switch (kind) {
    case "containers":
      return { containers: await client.containers.list({ all: true }, signal) };
    case "images":
      return { images: await client.images.list({}, signal) };
    case "volumes":
      return { volumes: await client.volumes.list({}, signal) };
    case "networks":
      return { networks: await client.networks.list({}, signal) };
  }
}
