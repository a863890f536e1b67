import type { Project, Service } from "../model/compose/types.ts";
import { requiredServices } from "../model/compose/validate.ts";

/** The services named and, unless told otherwise, all they need, each after what it needs. All services when none is named. */
export function selectServices(
  project: Project,
  names: readonly string[],
  withDependencies: boolean,
): readonly Service[] {
  const roots = names.length === 0 ? [...project.services.keys()] : names;
  const ordered = new Map<string, Service>();
  const visiting = new Set<string>();
  const visit = (name: string): void => {
    const service = project.services.get(name);
    if (service === undefined || ordered.has(name) || visiting.has(name)) return;
    visiting.add(name);
    for (const needed of requiredServices(service)) {
      if (withDependencies || roots.includes(needed)) visit(needed);
    }
    ordered.set(name, service);
  };
  roots.forEach(visit);
  return [...ordered.values()];
}
