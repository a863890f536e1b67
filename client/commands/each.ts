import * as vscode from "vscode";
import { ApiError } from "../../runtime/api/api-error.ts";
import type { Target, TargetKind } from "./targets.ts";

/**
 * Does the same to several things at once, with progress and cancel. All are tried; one failure is thrown as it is,
 * several as one error that names each.
 */
export async function doEach<K extends TargetKind>(
  targets: readonly Target<K>[],
  doing: string,
  act: (target: Target<K>, signal: AbortSignal) => Promise<unknown>,
): Promise<void> {
  const [first] = targets;
  if (first === undefined) return;
  const what = targets.length === 1 ? first.node.label : `${targets.length} ${first.node.item.kind}s`;
  await withProgress(`${doing} ${what}`, async (signal) => {
    const outcomes = await Promise.allSettled(targets.map((target) => act(target, signal)));
    const failures = outcomes.flatMap((outcome, index) =>
      outcome.status === "rejected" && !isNotModified(outcome.reason)
        ? [{ label: targets[index]?.node.label ?? "", error: outcome.reason as unknown }]
        : [],
    );
    const [failure, ...others] = failures;
    if (failure === undefined || signal.aborted) return;
    if (others.length === 0) throw failure.error;
    const lines = failures.map(
      ({ label, error }) => `${label}: ${error instanceof Error ? error.message : error}`,
    );
    throw new Error(`${failures.length} of ${targets.length} failed. ${lines.join("; ")}`);
  });
}

/** Runs `work` with a notification that can be cancelled, shown when it takes longer than a moment. */
export async function withProgress<T>(
  title: string,
  work: (signal: AbortSignal, report: (message: string) => void) => Promise<T>,
): Promise<T> {
  const abort = new AbortController();
  let report: (message: string) => void = () => {};
  const running = work(abort.signal, (message) => report(message));
  const isQuick = await Promise.race([
    running.then(
      () => true,
      () => true,
    ),
    new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 400)),
  ]);
  if (isQuick) return await running;
  const location = vscode.ProgressLocation.Notification;
  return await vscode.window.withProgress({ location, title, cancellable: true }, async (progress, token) => {
    token.onCancellationRequested(() => abort.abort(new vscode.CancellationError()));
    report = (message) => progress.report({ message });
    return await running;
  });
}

/** 304: it is already as asked. */
function isNotModified(error: unknown): boolean {
  return error instanceof ApiError && error.status === 304;
}
