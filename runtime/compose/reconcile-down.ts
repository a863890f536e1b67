import type { Project } from "../model/compose/types.ts";
import { requiredServices } from "../model/compose/validate.ts";
import { stopTimeoutSeconds } from "./container-request.ts";
import { label } from "./labels.ts";
import { isAnonymous } from "./names.ts";
import type { Observed, ObservedContainer } from "./observe.ts";
import type { Plan, Step } from "./plan.ts";
import { findOrphans, mustStop, orphanWarnings } from "./reconcile-orphans.ts";

export interface DownOptions {
  /** Named volumes the project declares, and anonymous ones of its containers. */
  readonly volumes: boolean;
  readonly removeOrphans: boolean;
  readonly timeoutSeconds?: number;
}

/** Decides how to take the project away: dependents stop before what they depend on; external things stay. */
export function reconcileDown(project: Project, observed: Observed, options: DownOptions): Plan {
  const orphans = findOrphans(project, observed);
  const going = options.removeOrphans
    ? observed.containers
    : observed.containers.filter((container) => !orphans.includes(container));
  const steps: Step[] = [];
  for (const container of inStopOrder(project, going))
    steps.push(...goingSteps(project, container, going, options));
  const removed = going.map((container) => `remove:${container.name}`);
  for (const network of observed.networks.values()) {
    if (network.Labels?.[label.project] !== project.name) continue;
    steps.push({
      id: `network:${network.Name}`,
      operation: { op: "remove-network", name: network.Name, cause: "it belongs to the project" },
      after: removed,
    });
  }
  for (const volume of options.volumes ? project.volumes.values() : []) {
    if (volume.external || !observed.volumes.has(volume.name)) continue;
    const operation = { op: "remove-volume", name: volume.name, cause: "asked for with --volumes" } as const;
    steps.push({ id: `volume:${volume.name}`, operation, after: removed });
  }
  if (options.volumes) steps.push(...anonymousVolumeSteps(going, removed));
  return { steps, warnings: options.removeOrphans ? [] : orphanWarnings(orphans) };
}

/** A volume taken over from a replaced container is named to the engine: it would outlive the container's removal. */
function anonymousVolumeSteps(
  going: readonly ObservedContainer[],
  after: readonly string[],
): readonly Step[] {
  const names = new Set(
    going.flatMap((container) => container.mounts.map((mount) => mount.name)).filter(isAnonymous),
  );
  return [...names].map((name) => {
    const operation = {
      op: "remove-volume",
      name,
      cause: "an anonymous volume of a removed container",
    } as const;
    return { id: `volume:${name}`, operation, after };
  });
}

function goingSteps(
  project: Project,
  container: ObservedContainer,
  going: readonly ObservedContainer[],
  options: DownOptions,
): readonly Step[] {
  const { name, id, service } = container;
  const own = project.services.get(service);
  const timeoutSeconds = options.timeoutSeconds ?? (own === undefined ? undefined : stopTimeoutSeconds(own));
  const cause = "it belongs to the project";
  const dependents = going.filter((other) => mustStop(other) && dependsOn(project, other.service, service));
  const after = dependents.map((other) => `stop:${other.name}`);
  const remove: Step = {
    id: `remove:${name}`,
    operation: { op: "remove-container", service, name, id, removeVolumes: options.volumes, cause },
    after: mustStop(container) ? [`stop:${name}`] : [],
  };
  if (!mustStop(container)) return [remove];
  return [
    {
      id: `stop:${name}`,
      operation: { op: "stop-container", service, name, id, timeoutSeconds, cause },
      after,
    },
    remove,
  ];
}

function dependsOn(project: Project, dependent: string, dependency: string): boolean {
  const service = project.services.get(dependent);
  return service !== undefined && requiredServices(service).has(dependency);
}

/** Dependents first. */
function inStopOrder(
  project: Project,
  containers: readonly ObservedContainer[],
): readonly ObservedContainer[] {
  const depths = new Map<string, number>();
  const depthOf = (name: string): number => {
    const known = depths.get(name);
    if (known !== undefined) return known;
    depths.set(name, 0);
    const service = project.services.get(name);
    const needed = service === undefined ? [] : [...requiredServices(service)];
    const depth = needed.length === 0 ? 0 : 1 + Math.max(...needed.map(depthOf));
    depths.set(name, depth);
    return depth;
  };
  return containers.toSorted((left, right) => depthOf(right.service) - depthOf(left.service));
}
