import type { ProgressMessage } from "../../api/types/image.ts";
import type { Digest } from "../image/resolved.ts";
import type { BuildRun } from "./build-run.ts";
import { type CacheEntry, stepKey } from "./layer-cache.ts";
import type { HistoryEntry, StageState } from "./stage-state.ts";
import type { OpenLayer } from "./workspace.ts";

/** A step as the cache sees it. */
export interface StepIdentity {
  /** All that decides its outcome, as data. */
  readonly inputs: readonly unknown[];
  /** For the image's history. */
  readonly createdBy: string;
}

/** Changes the layer's files; with messages, or silently. */
type Work = (layer: OpenLayer) => AsyncGenerator<ProgressMessage, void, void> | Promise<void>;

/**
 * Takes a step's layer from the cache, or does its work in a snapshot over the stage so far and commits that. Gives the
 * stage after it.
 */
export async function* layerStep(
  run: BuildRun,
  state: StageState,
  identity: StepIdentity,
  work: Work,
  signal: AbortSignal,
): AsyncGenerator<ProgressMessage, StageState, void> {
  const key = stepKey(state.key, identity.inputs);
  const cached = await findUsable(run, key);
  if (cached !== undefined) {
    yield { stream: " ---> Using cache\n" };
    return after(state, key, cached, identity, true);
  }
  const entry = yield* build(run, state.chainId, work, signal);
  await run.cache.add(key, entry);
  return after(state, key, entry, identity, false);
}

/** A step that changes no file: the stage with another configuration and one more history entry. */
export async function metadataStep(
  run: BuildRun,
  state: StageState,
  identity: StepIdentity,
): Promise<{ readonly state: StageState; readonly isCached: boolean }> {
  const key = stepKey(state.key, identity.inputs);
  const cached = run.request.noCache ? undefined : await run.cache.find(key);
  const entry = cached ?? { layer: undefined, chainId: state.chainId, created: run.now };
  if (cached === undefined) await run.cache.add(key, entry);
  const isCached = cached !== undefined;
  return { state: after(state, key, { ...entry, chainId: state.chainId }, identity, isCached), isCached };
}

async function findUsable(run: BuildRun, key: string): Promise<CacheEntry | undefined> {
  if (run.request.noCache) return undefined;
  const entry = await run.cache.find(key);
  if (entry === undefined) return undefined;
  if (entry.chainId === undefined || run.snapshots.has(entry.chainId)) return entry;
  await run.cache.remove(key);
  return undefined;
}

async function* build(
  run: BuildRun,
  parent: Digest | undefined,
  work: Work,
  signal: AbortSignal,
): AsyncGenerator<ProgressMessage, CacheEntry, void> {
  await using layer = await run.workspace.openLayer(parent, signal);
  const doing = work(layer);
  if (doing instanceof Promise) await doing;
  else yield* doing;
  const committed = await layer.commit(signal);
  return {
    layer: committed?.layer,
    chainId: committed?.chainId ?? parent,
    created: run.now,
  };
}

function after(
  state: StageState,
  key: string,
  entry: CacheEntry,
  { createdBy }: StepIdentity,
  isCached: boolean,
): StageState {
  const history: HistoryEntry = {
    created: entry.created,
    created_by: createdBy,
    ...(entry.layer === undefined ? { empty_layer: true } : {}),
    ...(state.author === undefined ? {} : { author: state.author }),
  };
  return {
    ...state,
    key,
    created: entry.created,
    chainId: entry.chainId,
    layers: entry.layer === undefined ? state.layers : [...state.layers, entry.layer],
    history: [...state.history, history],
    isCached: state.isCached && isCached,
  };
}
