import type { Project, Service } from "../model/compose/types.ts";

/** What of a project is not carried out: refusals change what would run, warnings do not. */
export interface Support {
  readonly refusals: readonly string[];
  readonly warnings: readonly string[];
}

/** Keys whose absence changes nothing for a single host's `up`: told, not refused. */
const HARMLESS = new Set([
  "attach",
  "develop",
  "isolation",
  "pull_refresh_after",
  "build.cache_from",
  "build.cache_to",
  "build.provenance",
  "build.sbom",
  "build.isolation",
  "deploy.mode",
  "deploy.endpoint_mode",
  "deploy.labels",
  "deploy.rollback_config",
  "deploy.update_config",
  "deploy.placement",
  "deploy.resources.reservations.cpus",
  "deploy.resources.reservations.generic_resources",
]);

/** Nothing of a file is passed over in silence: what these services ask for and Berth does not do yet, by name. */
export function checkSupport(project: Project, services: readonly Service[]): Support {
  const refusals: string[] = [];
  const warnings: string[] = [];
  for (const service of services) {
    for (const { path } of service.unmodelled) {
      if (HARMLESS.has(path))
        warnings.push(`services.${service.name}.${path} is not supported yet: it has no effect`);
      else refusals.push(`services.${service.name}.${path} is not supported yet`);
    }
    for (const kind of ["secrets", "configs"] as const)
      checkFiles(project, service, kind, refusals, warnings);
  }
  return { refusals, warnings };
}

function checkFiles(
  project: Project,
  service: Service,
  kind: "secrets" | "configs",
  refusals: string[],
  warnings: string[],
): void {
  for (const reference of service[kind]) {
    const object = project[kind].get(reference.source);
    if (object === undefined) continue;
    const name = `${kind}.${reference.source}`;
    if (object.external) refusals.push(`${name} is external: only swarm has external ${kind}; give a file`);
    const hasOwner =
      reference.uid !== undefined || reference.gid !== undefined || reference.mode !== undefined;
    if (hasOwner && object.file !== undefined) {
      warnings.push(
        `services.${service.name}: uid, gid and mode of ${name} have no effect, its file is mounted as it is`,
      );
    }
  }
}
