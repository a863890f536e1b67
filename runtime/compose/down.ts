import { observe } from "./observe.ts";
import type { Plan } from "./plan.ts";
import { type DownOptions, reconcileDown } from "./reconcile-down.ts";
import { type ComposeSession, carryOut } from "./session.ts";

/** What `down` would do now. */
export async function planDown(
  session: ComposeSession,
  options: DownOptions,
  signal: AbortSignal,
): Promise<Plan> {
  return reconcileDown(session.project, await observe(session.client, session.project, signal), options);
}

/** Stops and removes the project's containers and networks, and its volumes where asked. */
export async function down(
  session: ComposeSession,
  options: DownOptions,
  signal: AbortSignal,
): Promise<void> {
  const observed = await observe(session.client, session.project, signal);
  await carryOut(session, reconcileDown(session.project, observed, options), observed, signal);
}
