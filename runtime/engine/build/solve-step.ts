import type { BuildRun } from "./build-run.ts";
import type { DefinedStep, StepReport, StepWork } from "./definition.ts";
import { type CacheEntry, stepKey } from "./layer-cache.ts";
import { type Solution, solutionAfter } from "./solution.ts";

export interface SolvedStep {
  readonly solution: Solution;
  readonly isCached: boolean;
}

/** Builds the stages a step reads before it is done itself; does nothing for those that are built. */
export type BuildStages = (stages: readonly number[]) => Promise<void>;

/**
 * Takes a step's outcome from the cache: by its definition, else by the content of what it reads; or does its work in a
 * snapshot over `before` and commits that.
 */
export async function solveStep(
  run: BuildRun,
  step: DefinedStep,
  before: Solution,
  buildStages: BuildStages,
  report: StepReport,
  signal: AbortSignal,
): Promise<SolvedStep> {
  signal.throwIfAborted();
  const { work, inputs } = step.plan;
  const known = await findUsable(run, step, step.after.key, before);
  if (known !== undefined) return { solution: solutionAfter(before, step, known), isCached: true };
  if (work !== undefined) await buildStages(work.stages);
  report.start();
  const contentInputs = (await work?.contentInputs?.(signal)) ?? inputs;
  const key = stepKey(before.key, contentInputs);
  const same = key === step.after.key ? undefined : await findUsable(run, step, key, before);
  if (same !== undefined) {
    await run.cache.add(step.after.key, same);
    return { solution: solutionAfter(before, step, same), isCached: true };
  }
  const make = async () => {
    const made = await findUsable(run, step, key, before);
    const entry = made ?? (await build(run, work, before, key, report, signal));
    await run.cache.add(key, entry);
    if (key !== step.after.key) await run.cache.add(step.after.key, entry);
    return { solution: solutionAfter(before, step, entry), isCached: made !== undefined };
  };
  // Builds that come to the same step at the same time do it once: the others find what the first has made.
  return run.request.noCache ? await make() : await run.building.run(key, make, signal);
}

/** An entry counts only on the snapshot it was made on, and while its own is there. */
async function findUsable(
  run: BuildRun,
  { plan }: DefinedStep,
  key: string,
  before: Solution,
): Promise<CacheEntry | undefined> {
  if (run.request.noCache) return undefined;
  const entry = run.cache.find(key);
  if (entry === undefined || plan.work === undefined) return entry;
  if (entry.parent !== before.chainId) return undefined;
  if (entry.chainId === undefined || run.snapshots.has(entry.chainId)) return entry;
  await run.cache.remove(key);
  return undefined;
}

async function build(
  run: BuildRun,
  work: StepWork | undefined,
  before: Solution,
  key: string,
  report: StepReport,
  signal: AbortSignal,
): Promise<CacheEntry> {
  const parent = before.chainId;
  const unchanged = { layer: undefined, parent, chainId: parent, key, created: run.now };
  if (work === undefined) return unchanged;
  using _slot = await run.slots.take(signal);
  await using layer = work.isLinked
    ? await run.workspace.openLinkedLayer(parent, signal)
    : await run.workspace.openLayer(parent, signal);
  await work.run(layer, report, signal);
  const committed = await layer.commit(signal);
  return committed === undefined
    ? unchanged
    : { ...unchanged, layer: committed.layer, chainId: committed.chainId };
}
