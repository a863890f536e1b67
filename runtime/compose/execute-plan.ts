import type { Operation, Plan, Step } from "./plan.ts";

/** What happens to a step, for who watches. */
export interface StepEvent {
  readonly step: Step;
  readonly phase: "started" | "done" | "failed";
}

export interface ExecuteOptions {
  readonly onEvent: (event: StepEvent) => void;
  /** At most so many steps at once. */
  readonly parallel: number;
}

/** Operations that may take as long as they like and leave nothing half done when they are cut short. */
const CANCELLED_ON_FAILURE: ReadonlySet<Operation["op"]> = new Set([
  "pull-image",
  "build-image",
  "await-condition",
]);

/**
 * Does the steps, each as soon as those it comes after are done. The first failure is thrown; by then nothing new has
 * begun, waiting has been cancelled, and changes that were under way have been finished.
 */
export async function executePlan(
  plan: Plan,
  execute: (step: Step, signal: AbortSignal) => Promise<void>,
  options: ExecuteOptions,
  signal: AbortSignal,
): Promise<void> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const pending = new Map(plan.steps.map((step) => [step.id, step]));
  const done = new Set<string>();
  const running = new Map<string, Promise<void>>();
  const known = new Set(pending.keys());
  let failure: { readonly error: unknown } | undefined;

  const run = async (step: Step): Promise<void> => {
    options.onEvent({ step, phase: "started" });
    try {
      await execute(step, CANCELLED_ON_FAILURE.has(step.operation.op) ? either : signal);
      done.add(step.id);
      options.onEvent({ step, phase: "done" });
    } catch (error) {
      failure ??= { error };
      options.onEvent({ step, phase: "failed" });
      failed.abort(error);
    } finally {
      running.delete(step.id);
    }
  };
  while (pending.size > 0 || running.size > 0) {
    if (failure === undefined && !signal.aborted) {
      for (const step of [...pending.values()]) {
        const isReady = step.after.every((id) => done.has(id) || !known.has(id));
        if (!isReady || running.size >= options.parallel) continue;
        pending.delete(step.id);
        running.set(step.id, run(step));
      }
    }
    if (running.size === 0) break;
    await Promise.race(running.values());
  }
  if (failure !== undefined) throw failure.error;
  signal.throwIfAborted();
  if (pending.size > 0) throw new Error(`steps wait for each other: ${[...pending.keys()].join(", ")}`);
}
