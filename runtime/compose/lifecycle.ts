import type { Service } from "../model/compose/types.ts";
import { ComposeError } from "./compose-error.ts";
import { stopTimeoutSeconds } from "./container-request.ts";
import { type Observed, observe } from "./observe.ts";
import type { Plan, Step } from "./plan.ts";
import { mustStop } from "./reconcile-orphans.ts";
import { reconcileUp } from "./reconcile-up.ts";
import { type ComposeSession, carryOut } from "./session.ts";

export type Lifecycle = "start" | "stop" | "restart";

/** Decides how to start, stop or restart the containers that exist; none is made. `services` are in dependency order. */
export function planLifecycle(
  session: ComposeSession,
  action: Lifecycle,
  services: readonly Service[],
  observed: Observed,
  timeoutSeconds?: number,
): Plan {
  if (action === "start") return planStart(session, services, observed);
  const steps: Step[] = [];
  const ordered = action === "stop" ? services.toReversed() : services;
  for (const service of ordered) {
    const containers = observed.containers.filter(
      (container) => container.service === service.name && !container.oneOff,
    );
    const before = steps.map((step) => step.id);
    for (const { id, name, ...container } of containers) {
      const timeout = timeoutSeconds ?? stopTimeoutSeconds(service);
      const base = {
        service: service.name,
        name,
        id,
        timeoutSeconds: timeout,
        cause: `asked for with ${action}`,
      };
      if (action === "restart")
        steps.push({ id: `restart:${name}`, operation: { op: "restart-container", ...base }, after: before });
      else if (mustStop({ id, name, ...container }))
        steps.push({ id: `stop:${name}`, operation: { op: "stop-container", ...base }, after: before });
    }
  }
  return { steps, warnings: [] };
}

function planStart(session: ComposeSession, services: readonly Service[], observed: Observed): Plan {
  const missing = services.filter(
    (service) => !observed.containers.some((container) => container.service === service.name),
  );
  if (missing.length > 0) {
    const names = missing.map((service) => `"${service.name}"`).join(", ");
    throw new ComposeError(`cannot start ${names}: no container has been created (up creates them)`);
  }
  const scale = new Map(
    services.map((service) => {
      const own = observed.containers.filter(
        (container) => container.service === service.name && !container.oneOff,
      );
      return [service.name, new Set(own.map(({ number }) => number)).size] as const;
    }),
  );
  const options = {
    recreate: "never",
    removeOrphans: false,
    renewAnonymousVolumes: false,
    start: true,
    scale,
  } as const;
  return reconcileUp(session.project, services, observed, options);
}

/** Starts, stops or restarts the services' containers. */
export async function changeLifecycle(
  session: ComposeSession,
  action: Lifecycle,
  services: readonly Service[],
  options: { readonly timeoutSeconds?: number },
  signal: AbortSignal,
): Promise<void> {
  const observed = await observe(session.client, session.project, signal);
  await carryOut(
    session,
    planLifecycle(session, action, services, observed, options.timeoutSeconds),
    observed,
    signal,
  );
}
