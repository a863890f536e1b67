import { mkdir } from "node:fs/promises";
import { release } from "node:os";
import { join } from "node:path";
import { removeEmptyCgroup } from "../host/cgroup.ts";
import type { HostFacts } from "../host/detect.ts";
import { rlimitCeilings } from "../host/limits.ts";
import { usableRuntimes } from "../host/usable-runtime.ts";
import type { ContainerBackend, ExecBackend } from "../http/backend.ts";
import type { Logger } from "../log.ts";
import type { ContainerDirectory } from "../network/ports.ts";
import { JsonStore } from "../store/json-store.ts";
import { KeyedLock } from "../store/keyed-lock.ts";
import { createArchive } from "./archive.ts";
import { createContainer } from "./create.ts";
import type { ContainerDocument } from "./document.ts";
import { createExecs } from "./exec.ts";
import { createHealthMonitor } from "./health.ts";
import { createLifecycle } from "./lifecycle.ts";
import { createLogRotation } from "./log-rotation.ts";
import { createOutput } from "./output.ts";
import type {
  EventSink,
  ImageSource,
  RootfsSource,
  SandboxNetworks,
  StepRunner,
  VolumeMounts,
} from "./ports.ts";
import { restoreContainers } from "./restore.ts";
import { type Room, roomPaths } from "./room.ts";
import { writeNameFiles } from "./start.ts";
import { createStats } from "./stats.ts";
import { createStepRunner } from "./step.ts";
import { createSupervisor } from "./supervise.ts";
import { createSurvey } from "./survey.ts";
import { ContainerTable } from "./table.ts";

/** What the container room needs; `runDir` must be gone after a reboot (`/run/berth/INSTANCE`). */
export interface ContainersOptions {
  readonly root: string;
  readonly runDir: string;
  /** 8 hex digits; in all names that the whole host sees. */
  readonly instance: string;
  readonly host: HostFacts;
  readonly images: ImageSource;
  readonly rootfs: RootfsSource;
  readonly volumes: VolumeMounts;
  readonly networks: SandboxNetworks;
  readonly events: EventSink;
  readonly log: Logger;
}

export interface Containers {
  readonly containers: ContainerBackend;
  readonly execs: ExecBackend;
  readonly steps: StepRunner;
  /** Containers made of an image: their ids, and whether one runs. */
  readonly imageUsers: (imageId: string) => readonly { readonly id: string; readonly isRunning: boolean }[];
  /** Ids of all containers, for rooms that repair what they keep per container. */
  readonly ids: () => ReadonlySet<string>;
  /** For the network room. */
  readonly directory: ContainerDirectory;
  /** Compares disk with reality and repairs; once, before the first request. */
  readonly restore: (signal: AbortSignal) => Promise<void>;
  /** Ends watching and timers, and waits for what is under way; containers go on. */
  readonly stop: () => Promise<void>;
}

/** Opens the room: documents are read, nothing is touched yet. */
export async function createContainers(options: ContainersOptions): Promise<Containers> {
  const { root, runDir, host, log } = options;
  await mkdir(runDir, { recursive: true, mode: 0o710 });
  const store = await JsonStore.open<ContainerDocument>(join(root, "containers"));
  const table = new ContainerTable(store);
  await table.load();
  const stopping = new AbortController();
  const runtimes = await usableRuntimes(host, [root, runDir], stopping.signal);
  const runtime = runtimes.get(host.runtime.name);
  if (runtime === undefined) throw new Error(`${host.runtime.name} was found but is not usable`);
  const room: Room = {
    table,
    locks: new KeyedLock(),
    paths: roomPaths(root, runDir),
    instance: options.instance,
    host,
    bundleHost: { ...host, kernel: release(), rlimitCeilings: await rlimitCeilings() },
    runtime,
    runtimes,
    images: options.images,
    rootfs: options.rootfs,
    volumes: options.volumes,
    networks: options.networks,
    events: options.events,
    log,
    signal: stopping.signal,
  };
  const { backend: execs, probe, idsOf } = createExecs(room);
  const health = createHealthMonitor(room, probe);
  const rotation = createLogRotation(room);
  const supervisor = createSupervisor(room, health, rotation);
  return {
    containers: {
      create: (name, request, platform, signal) => createContainer(room, name, request, platform, signal),
      ...createLifecycle(room, supervisor),
      ...createOutput(room),
      ...createSurvey(room, idsOf),
      ...createArchive(room),
      ...createStats(room),
    },
    execs,
    steps: createStepRunner(room),
    imageUsers: (imageId) =>
      table
        .all()
        .filter((record) => record.document.imageId === imageId)
        .map((record) => ({ id: record.id, isRunning: record.isRunning })),
    ids: () => new Set(table.all().map((record) => record.id)),
    directory: containerDirectory(room),
    restore: async (signal) => {
      await mkdir(room.paths.exitDirectory, { recursive: true, mode: 0o700 });
      await restoreContainers(room, supervisor, { health, rotation }, signal);
      await supervisor.watch();
    },
    stop: async () => {
      stopping.abort(new Error("the engine stops"));
      await supervisor.settled();
      await Promise.all([...runtimes.values()].map((each) => each[Symbol.asyncDispose]()));
      if (!table.all().some((record) => record.isRunning)) await removeEmptyCgroup(`berth-${room.instance}`);
    },
  };
}

function containerDirectory(room: Room): ContainerDirectory {
  return {
    find: async (nameOrId) => {
      const record = room.table.find(nameOrId);
      if (record === undefined) return undefined;
      const { document } = record;
      return {
        id: record.id,
        name: document.name,
        running: record.isRunning,
        networkMode: document.hostConfig.NetworkMode ?? "default",
        networks: Object.keys(document.networkSettings.Networks),
      };
    },
    setEndpoint: async (containerId, network, endpoint) => {
      const record = room.table.get(containerId);
      const endpoints = { ...record.document.endpoints };
      const networks = { ...record.document.networkSettings.Networks };
      if (endpoint === undefined) {
        delete endpoints[network];
        delete networks[network];
      } else {
        endpoints[network] = endpoint;
        networks[network] = { ...networks[network], ...endpoint };
      }
      await record.update({
        endpoints,
        networkSettings: { ...record.document.networkSettings, Networks: networks },
      });
    },
    setNameFiles: async (containerId, files) => {
      const record = room.table.get(containerId);
      await writeNameFiles(room, record.document, files);
      await record.update({ networkSettings: files.settings });
    },
  };
}
