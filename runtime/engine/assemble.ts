import { join } from "node:path";
import { createBuilder } from "./build/builder.ts";
import { applyChanges } from "./build/changes.ts";
import { removeBuildLeftovers } from "./build/workspace.ts";
import { createCaptures } from "./capture.ts";
import { createContainers } from "./container/containers.ts";
import { ContentStore } from "./content/content-store.ts";
import { createEventLog } from "./events/event-log.ts";
import { detectHost } from "./host/detect.ts";
import type { Backend } from "./http/backend.ts";
import { createImages } from "./image/images.ts";
import type { Digest } from "./image/resolved.ts";
import type { Logger } from "./log.ts";
import { createNetworks } from "./network/networks.ts";
import { defaultRoot, type EngineOptions } from "./options.ts";
import { Registry } from "./registry/registry.ts";
import { OverlaySnapshots } from "./snapshot/overlay-snapshots.ts";
import { createSystem } from "./system.ts";
import { createVolumes } from "./volume/volumes.ts";

export interface AssembleOptions extends EngineOptions {
  /** Of the program. */
  readonly version: string;
  /** 8 hex digits that tell this engine's things on the host from others'. */
  readonly instance: string;
  /** Gone after a reboot. */
  readonly runDir: string;
  readonly log: Logger;
}

export interface Engine {
  readonly backend: Backend;
  /** Ends what runs inside the engine; containers go on. */
  readonly stop: () => Promise<void>;
}

/**
 * Builds every room in the order of its needs, then compares disk with reality and repairs, so that the first request
 * finds a whole engine. Throws `unavailable` when the host lacks something.
 */
export async function assembleEngine(options: AssembleOptions, signal: AbortSignal): Promise<Engine> {
  const { root, instance, runDir, log } = options;
  const host = await detectHost(signal);
  const events = createEventLog();

  const content = await ContentStore.open(join(root, "content"));
  const snapshots = await OverlaySnapshots.open({ root, content, log }, signal);
  const registry = new Registry({
    mirrors: options.registryMirrors,
    insecureHosts: options.insecureRegistries,
  });
  // Images ask who uses them, containers ask for images: whoever is built first gets the question as a function.
  const imageUsers = async (id: Digest) =>
    containers.imageUsers(id).map((user) => ({ id: user.id, running: user.isRunning }));
  const images = await createImages({
    root,
    content,
    snapshots,
    registry,
    events,
    containersUsing: imageUsers,
    applyChanges,
    log,
  });
  const volumes = await createVolumes({ root, events, log });
  const networks = await createNetworks({
    root,
    instance,
    isDefaultInstance: root === defaultRoot,
    events,
    log,
    publishIp: options.publishIp,
  });
  const containers = await createContainers({
    root,
    runDir,
    instance,
    host,
    images,
    rootfs: snapshots,
    volumes: volumes.mounts,
    networks: networks.sandboxes,
    events,
    log,
  });
  const builder = await createBuilder({
    root,
    runDirectory: runDir,
    images,
    snapshots,
    steps: containers.steps,
    log,
  });
  const system = createSystem({
    ...options,
    host,
    containers: containers.containers,
    images,
    volumes: volumes.backend,
    warnings: networks.warnings,
  });

  const captures = createCaptures({
    containers: containers.containers,
    images,
    withDifference: (key, use, stop) => snapshots.withDifference(key, use, stop),
    changesOf: (key, stop) => snapshots.changes(key, stop),
    exportTree: (key, stop) => snapshots.exportTree(key, stop),
    applyChanges,
  });

  await removeBuildLeftovers(root, snapshots, log, signal);
  // Whatever no container has is what a killed build or create left.
  await snapshots.removeAbandoned((key) => containers.ids().has(key));
  networks.useContainers(containers.directory);
  await networks.restore(containers.ids(), signal);
  await volumes.restore(containers.ids());
  await containers.restore(signal);

  return {
    backend: {
      containers: containers.containers,
      execs: containers.execs,
      images,
      volumes: volumes.backend,
      networks: networks.backend,
      builder,
      events,
      system,
      captures,
    },
    stop: async () => {
      await containers.stop();
      await networks.stop();
    },
  };
}
