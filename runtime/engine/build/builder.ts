import { statfs } from "node:fs/promises";
import { availableParallelism } from "node:os";
import type { BuildEvent } from "../../api/types/build.ts";
import type { ProgressMessage } from "../../api/types/image.ts";
import type { StepRunner } from "../container/ports.ts";
import { EngineError } from "../error.ts";
import type { BuildBackend, BuildRequest } from "../http/backend.ts";
import type { Logger } from "../log.ts";
import { KeyedLock } from "../store/keyed-lock.ts";
import { buildImage } from "./build-image.ts";
import type { BuilderParts } from "./build-run.ts";
import { choiceOf } from "./cache-filter.ts";
import { CacheMounts } from "./cache-mounts.ts";
import { LayerCache } from "./layer-cache.ts";
import { StepFailure } from "./locate-error.ts";
import { MessageQueue } from "./message-queue.ts";
import type { BuildImages, BuildSnapshots } from "./ports.ts";
import { progressMessages } from "./progress-messages.ts";
import { type BuildSecrets, noSecrets, SecretOffers } from "./secrets.ts";
import { WorkSlots } from "./work-slots.ts";

export interface BuilderOptions {
  /** The engine's root; the builder keeps `build/` below it. */
  readonly root: string;
  /** The engine's directory on a tmpfs. */
  readonly runDirectory: string;
  readonly images: BuildImages;
  readonly snapshots: BuildSnapshots;
  readonly steps: StepRunner;
  readonly log: Logger;
}

/** The builder: Dockerfile → graph of what the target needs → steps from the cache or built → image. */
export async function createBuilder({
  root,
  runDirectory,
  images,
  snapshots,
  steps,
  log,
}: BuilderOptions): Promise<BuildBackend> {
  const layerCache = await LayerCache.open(root);
  const cacheMounts = new CacheMounts(root);
  const slots = new WorkSlots(availableParallelism());
  const offers = new SecretOffers();
  const building = new KeyedLock();
  const parts: BuilderParts = {
    root,
    runDirectory,
    images,
    snapshots,
    steps,
    layerCache,
    cacheMounts,
    slots,
    building,
  };
  return {
    build: (request, signal) => {
      const secrets = request.secrets === undefined ? noSecrets : offers.take(request.secrets);
      return build(parts, log, request, secrets, signal);
    },
    offerSecrets: (secrets) => offers.offer(secrets),
    prune: async (options) => {
      const choice = choiceOf(options, Date.now());
      const { keys, sizeBytes, chains } = await layerCache.forget(choice);
      if (choice.keepBytes === 0 && Object.keys(options.filters).length === 0) await cacheMounts.prune();
      await snapshots.releaseBuilt(chains);
      await layerCache.writeUsage();
      log.info("build cache removed", { entries: keys.length, sizeBytes });
      return { CachesDeleted: keys, SpaceReclaimed: sizeBytes };
    },
  };
}

/** Takes the cache back to its bound, least recently used first. */
async function boundCache({ root, layerCache, snapshots }: BuilderParts, log: Logger): Promise<void> {
  await layerCache.writeUsage();
  const keepBytes = await cacheBound(root);
  if (layerCache.sizeBytes <= keepBytes) return;
  const { keys, sizeBytes, chains } = await layerCache.forget({ matches: () => true, keepBytes });
  await snapshots.releaseBuilt(chains);
  log.info("build cache bounded", { entries: keys.length, sizeBytes, keepBytes });
}

/** A tenth of the file system, and no less than 10 GB: Docker's own measure, with a floor for small disks. */
async function cacheBound(root: string): Promise<number> {
  const { blocks, bsize } = await statfs(root);
  return Math.max(10e9, (blocks * bsize) / 10);
}

/** So much of the output waits for a client before the steps do. */
const maxWaitingEvents = 256;

/** Runs a build and tells of it; when nobody listens any more, it stops, and has ended when the generator has. */
async function* build(
  parts: BuilderParts,
  log: Logger,
  request: BuildRequest,
  secrets: BuildSecrets,
  signal: AbortSignal,
): AsyncGenerator<ProgressMessage, void, void> {
  const left = new AbortController();
  const stopping = AbortSignal.any([signal, left.signal]);
  const queue = new MessageQueue<BuildEvent>(maxWaitingEvents);
  const done = buildImage(parts, request, secrets, (event) => queue.add(event, stopping), stopping).finally(
    () => queue.end(),
  );
  // Its failure is thrown below; without this it would count as unhandled while events are read.
  done.catch(() => {});
  try {
    yield* progressMessages(queue, request);
    const { id, tags } = await done;
    log.info("image built", { id, tags });
    await boundCache(parts, log);
  } catch (error) {
    if (isDiskFull(error)) {
      const message = `cannot build: no space left on the file system of ${parts.root}`;
      throw new EngineError("internal", message, { cause: error });
    }
    // Thrown, it would reach the client without the code that `docker build` ends with.
    if (!(error instanceof StepFailure)) throw error;
    yield { errorDetail: { code: error.exitCode, message: error.message }, error: error.message };
  } finally {
    left.abort(new EngineError("unavailable", "the build was cancelled"));
    await done.catch(() => {});
  }
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT");
}
