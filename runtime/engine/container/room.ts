import { join, posix } from "node:path";
import type { HostFacts } from "../host/detect.ts";
import type { OciRuntime } from "../host/usable-runtime.ts";
import type { Logger } from "../log.ts";
import type { KeyedLock } from "../store/keyed-lock.ts";
import type { BundleHost } from "./bundle.ts";
import type { ContainerDocument } from "./document.ts";
import type { EventSink, ImageSource, RootfsSource, SandboxNetworks, VolumeMounts } from "./ports.ts";
import type { ContainerRecord } from "./record.ts";
import type { ContainerTable } from "./table.ts";

/** What all parts of the container room work with. */
export interface Room {
  readonly table: ContainerTable;
  /** One change of a container at a time, by its id. */
  readonly locks: KeyedLock;
  readonly paths: RoomPaths;
  readonly instance: string;
  readonly host: HostFacts;
  readonly bundleHost: BundleHost;
  /** The default OCI runtime, as it is usable here. */
  readonly runtime: OciRuntime;
  /** Every one that is installed, by name. */
  readonly runtimes: ReadonlyMap<string, OciRuntime>;
  readonly images: ImageSource;
  readonly rootfs: RootfsSource;
  readonly volumes: VolumeMounts;
  readonly networks: SandboxNetworks;
  readonly events: EventSink;
  readonly log: Logger;
  /** Ends with the engine: for work that belongs to no request. */
  readonly signal: AbortSignal;
}

/** Where a container's things are; `run…` is gone after a reboot. */
export interface RoomPaths {
  readonly directory: (id: string) => string;
  readonly logFile: (id: string) => string;
  readonly nameFile: (id: string, name: "hostname" | "hosts" | "resolv.conf") => string;
  readonly exitDirectory: string;
  readonly runDirectory: (id: string) => string;
  readonly rootfs: (id: string) => string;
  readonly execDirectory: (id: string) => string;
  readonly stepRoot: string;
  /** Places where paths inside of volumes are bound while a container is made. */
  readonly subpathRoot: string;
}

export function roomPaths(root: string, runDir: string): RoomPaths {
  const directory = (id: string) => join(root, "containers", id);
  const runDirectory = (id: string) => join(runDir, "c", id);
  return {
    directory,
    logFile: (id) => join(directory(id), "log"),
    nameFile: (id, name) => join(directory(id), name),
    exitDirectory: join(root, "exits"),
    runDirectory,
    rootfs: (id) => join(runDirectory(id), "rootfs"),
    execDirectory: (id) => join(runDir, "e", id),
    stepRoot: join(runDir, "s"),
    subpathRoot: join(runDir, "v"),
  };
}

/** The OCI runtime a container was made for: another one knows nothing of it. */
export function runtimeOf(
  room: Pick<Room, "runtime" | "runtimes">,
  document: Pick<ContainerDocument, "hostConfig">,
): OciRuntime {
  return room.runtimes.get(document.hostConfig.Runtime ?? "") ?? room.runtime;
}

/** The cgroup of a container, below the host's root wherever its parent points. */
export function cgroupPath(
  room: Pick<Room, "instance">,
  document: Pick<ContainerDocument, "id" | "hostConfig">,
): string {
  const parent = posix.join("/", document.hostConfig.CgroupParent || `berth-${room.instance}`);
  return posix.join(parent, document.id);
}

/** Publishes an event of a container with Docker's attributes: labels, image and name. */
export function publishEvent(
  room: Pick<Room, "events">,
  record: Pick<ContainerRecord, "document">,
  action: string,
  attributes: Readonly<Record<string, string>> = {},
): void {
  const { id, name, config } = record.document;
  room.events.publish({
    Type: "container",
    Action: action,
    Actor: { ID: id, Attributes: { ...config.Labels, image: config.Image ?? "", name, ...attributes } },
  });
}
