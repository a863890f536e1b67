// What the editor's extension tells its language server of the engines it is connected to. The server asks no engine.

export interface EngineImage {
  /** Label of the connection, as the views show it. */
  readonly engine: string;
  /** Name and tag as the engine lists it: `nginx:latest`. */
  readonly name: string;
  /** `sha256:…` of the manifest in its repository; undefined for an image made here. */
  readonly digest?: string;
  readonly sizeBytes: number;
  readonly createdUnixSeconds: number;
}

/** A container of a Compose project. */
export interface EngineService {
  readonly engine: string;
  readonly project: string;
  readonly service: string;
  /** A state of the Engine API: `running`, `exited` … */
  readonly state: string;
  /** Human text: `Up 3 minutes (healthy)`, `Exited (1) 2 hours ago`. */
  readonly status: string;
}

export interface EngineFacts {
  readonly images: readonly EngineImage[];
  readonly services: readonly EngineService[];
}

/** Notification to the language server whenever something of it changes; each replaces the one before. */
export const enginesNotification = "berth/engines";
