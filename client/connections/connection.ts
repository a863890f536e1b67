import type { EngineClient } from "../../runtime/api/engine-client.ts";
import type { EventMessage } from "../../runtime/api/types/system.ts";
import type { Observable, Unsubscribe } from "./observable.ts";

export type ConnectionKind = "local" | "ssh" | "socket";

export type ConnectionState =
  | { readonly kind: "stopped" }
  /** `step` says what is being done: "uploading Node (34 %)". */
  | { readonly kind: "starting"; readonly step: string }
  /** `version` is the engine's own. */
  | { readonly kind: "connected"; readonly version: string }
  | { readonly kind: "failed"; readonly message: string };

/** One engine the editor works with, wherever it runs: all three kinds give the same client. */
export interface Connection extends AsyncDisposable {
  /** `local`, `ssh:NAME` or `socket:PATH`; stable over restarts of the editor. */
  readonly id: string;
  readonly label: string;
  readonly kind: ConnectionKind;
  readonly client: EngineClient;
  readonly state: Observable<ConnectionState>;
  /** Calls the listener for each event of the engine while connected. */
  readonly onEvent: (listener: (event: EventMessage) => void) => Unsubscribe;
  /** Makes a TCP port of the engine's machine reachable at 127.0.0.1; undefined where that is this machine. */
  readonly forwardPort: (address: string, port: number) => Promise<Forward | undefined>;
  /** Connects unless connected; throws what stood in the way, which is then also in `state`. */
  readonly start: (signal: AbortSignal) => Promise<void>;
  /** Disconnects; the local engine is ended when this editor started it. Containers stay as they are. */
  readonly stop: () => Promise<void>;
}

/** A port of another machine that is reached on this one. */
export interface Forward {
  readonly localPort: number;
}

/** What an opened way to an engine is, before anything is asked of the engine. */
export interface Link extends AsyncDisposable {
  /** A fresh byte stream to the engine's socket. */
  readonly connect: () => import("node:stream").Duplex | Promise<import("node:stream").Duplex>;
  /** Makes a TCP port of the engine's machine reachable at 127.0.0.1; absent where that is this machine. */
  readonly forward?: (address: string, port: number) => Promise<Forward>;
  /** Resolves with the reason when the way is gone; never rejects. */
  readonly closed: Promise<string>;
}

export interface OpenOptions {
  /** False when nobody asked for it just now: a lost link is reopened without questions. */
  readonly mayAsk: boolean;
  readonly report: (step: string) => void;
}

/** How one kind of connection is opened. Throws an `Error` whose message is fit for the user. */
export type OpenLink = (options: OpenOptions, signal: AbortSignal) => Promise<Link>;
