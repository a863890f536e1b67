import type { Project } from "../model/compose/types.ts";
import type { Observed, ObservedContainer } from "./observe.ts";
import type { Step } from "./plan.ts";

/** Containers of the project whose service it no longer has; one-off containers and services of inactive profiles are none. */
export function findOrphans(project: Project, observed: Observed): readonly ObservedContainer[] {
  return observed.containers.filter((container) => {
    const isKnown =
      project.services.has(container.service) || project.disabledServices.has(container.service);
    return !container.oneOff && !isKnown;
  });
}

/** What to tell of orphans that stay. */
export function orphanWarnings(orphans: readonly ObservedContainer[]): readonly string[] {
  if (orphans.length === 0) return [];
  const names = orphans.map((container) => container.name).join(", ");
  return [
    `orphan containers of services that are no longer in the project: ${names} (--remove-orphans removes them)`,
  ];
}

/** Stop and remove, container by container. */
export function removalSteps(
  containers: readonly ObservedContainer[],
  cause: string,
  removeVolumes: boolean,
  timeoutSeconds?: number,
): readonly Step[] {
  return containers.flatMap((container): Step[] => {
    const { service, name, id } = container;
    const remove: Step = {
      id: `remove:${name}`,
      operation: { op: "remove-container", service, name, id, removeVolumes, cause },
      after: mustStop(container) ? [`stop:${name}`] : [],
    };
    if (!mustStop(container)) return [remove];
    return [
      {
        id: `stop:${name}`,
        operation: { op: "stop-container", service, name, id, timeoutSeconds, cause },
        after: [],
      },
      remove,
    ];
  });
}

/** Whether there is a process to end before the container can go. */
export function mustStop(container: ObservedContainer): boolean {
  return container.status === "running" || container.status === "restarting" || container.status === "paused";
}
