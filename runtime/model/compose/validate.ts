import { nearestWord } from "./nearest-word.ts";
import { parseRange } from "./ports.ts";
import { child, entry, type MappingNode, placeAt, problemAt, type Report } from "./tree.ts";
import type { Place, Project, PublishedPort, Service } from "./types.ts";

/** Finds what is wrong with a project as a whole; `services` are all, of whatever profile. */
export function validate(
  project: Project,
  services: ReadonlyMap<string, Service>,
  root: MappingNode,
  report: Report,
): void {
  if (entry(root, "services") === undefined && root.entries.length > 0) {
    report(problemAt(root.place, "no-services", "the project has no services", "warning"));
  }
  for (const service of services.values()) {
    checkSource(service, report);
    checkExclusions(service, root, report);
    checkReferences(service, project, services, root, report);
    checkTargets(service, report);
  }
  checkDependencyCycles(services, root, report);
  checkContainerNames(services, root, report);
  checkHostPorts(project, report);
}

function at(service: Service, root: MappingNode, ...path: readonly (string | number)[]): Place {
  return placeAt(root, ["services", service.name, ...path]);
}

function checkSource(service: Service, report: Report): void {
  if (service.image !== undefined || service.build !== undefined) return;
  if (service.unmodelled.some((key) => key.path === "provider")) return;
  report(problemAt(service.place, "no-image", `service "${service.name}" has neither image nor build`));
}

function checkExclusions(service: Service, root: MappingNode, report: Report): void {
  const own = child(child(root, "services"), service.name);
  const pairs = [
    ["network_mode", "networks"],
    ["network_mode", "links"],
  ] as const;
  for (const [left, right] of pairs) {
    if (entry(own, left) === undefined || entry(own, right) === undefined) continue;
    const message = `service "${service.name}": ${left} and ${right} exclude each other`;
    report(problemAt(at(service, root, right), "conflicting-keys", message));
  }
  const isShared = /^(host|none|service:|container:)/.test(service.networkMode ?? "");
  if (isShared && service.ports.length > 0 && service.networkMode !== "host") {
    const message = `service "${service.name}": ports cannot be published with network_mode "${service.networkMode}"`;
    report(problemAt(at(service, root, "ports"), "conflicting-keys", message));
  }
  if (service.networkMode === "host" && service.ports.length > 0) {
    const message = `service "${service.name}": with network_mode "host" the container has the host's ports, and this list does nothing`;
    report(problemAt(at(service, root, "ports"), "ignored-key", message, "warning"));
  }
  if (service.containerName !== undefined && service.replicas > 1) {
    const message = `service "${service.name}": ${service.replicas} replicas cannot share the container name "${service.containerName}"`;
    report(problemAt(at(service, root, "container_name"), "conflicting-keys", message));
  }
  if (service.build?.dockerfile !== undefined && service.build.dockerfileInline !== undefined) {
    const message = `service "${service.name}": dockerfile and dockerfile_inline exclude each other`;
    report(problemAt(at(service, root, "build", "dockerfile_inline"), "conflicting-keys", message));
  }
}

function checkReferences(
  service: Service,
  project: Project,
  services: ReadonlyMap<string, Service>,
  root: MappingNode,
  report: Report,
): void {
  const undefinedName = (
    kind: string,
    name: string,
    names: Iterable<string>,
    place: Place,
    code = `undefined-${kind}`,
  ): void => {
    const suggestion = nearestWord(name, [...names]);
    const hint = suggestion === undefined ? "" : `: did you mean "${suggestion}"?`;
    report(
      problemAt(
        place,
        code,
        `service "${service.name}" refers to ${kind} "${name}", which is not defined${hint}`,
      ),
    );
  };
  for (const [name, dependency] of service.dependsOn) {
    const place = () => at(service, root, "depends_on", name);
    const target = services.get(name);
    if (target === undefined) {
      if (dependency.required) undefinedName("service", name, services.keys(), place());
    } else if (dependency.condition === "service_healthy" && target.healthcheck?.disable === true) {
      const message = `service "${service.name}" waits for "${name}" to be healthy, but its health check is disabled`;
      report(problemAt(place(), "no-healthcheck", message));
    } else if (dependency.condition === "service_healthy" && target.healthcheck?.test === undefined) {
      const message = `service "${service.name}" waits for "${name}" to be healthy: it has no health check here, so its image must bring one`;
      report(problemAt(place(), "no-healthcheck", message, "warning"));
    }
  }
  for (const [key, value] of sharedNamespaces(service)) {
    if (!services.has(value)) undefinedName("service", value, services.keys(), at(service, root, key));
  }
  for (const name of service.networks.keys()) {
    if (!project.networks.has(name))
      undefinedName("network", name, project.networks.keys(), at(service, root, "networks", name));
  }
  for (const mount of service.volumes) {
    if (mount.type !== "volume" || mount.source === undefined || project.volumes.has(mount.source)) continue;
    undefinedName("volume", mount.source, project.volumes.keys(), mount.place);
  }
  for (const [kind, references, objects] of [
    ["secret", service.secrets, project.secrets],
    ["config", service.configs, project.configs],
  ] as const) {
    for (const reference of references) {
      if (!objects.has(reference.source))
        undefinedName(kind, reference.source, objects.keys(), reference.place);
    }
  }
}

/** Services whose namespaces or volumes this one shares: key and name. */
function sharedNamespaces(service: Service): readonly (readonly [string, string])[] {
  const modes = [
    ["network_mode", service.networkMode],
    ["pid", service.pid],
    ["ipc", service.ipc],
  ] as const;
  const named = modes.flatMap(([key, mode]) =>
    mode?.startsWith("service:") ? [[key, mode.slice("service:".length)] as const] : [],
  );
  const volumes = service.volumesFrom
    .filter((source) => !source.startsWith("container:"))
    .map((source) => ["volumes_from", source.split(":")[0] ?? ""] as const);
  const links = service.links.map((link) => ["links", link.split(":")[0] ?? ""] as const);
  return [...named, ...volumes, ...links];
}

/** Every service that must be there before this one: dependencies, shared namespaces and volumes, links. */
export function requiredServices(service: Service): ReadonlySet<string> {
  return new Set([...service.dependsOn.keys(), ...sharedNamespaces(service).map(([, name]) => name)]);
}

function checkTargets(service: Service, report: Report): void {
  const seen = new Set<string>();
  for (const mount of service.volumes) {
    if (seen.has(mount.target)) {
      const message = `service "${service.name}" mounts two things at ${mount.target}`;
      report(problemAt(mount.place, "duplicate-mount", message));
    }
    seen.add(mount.target);
  }
}

function checkDependencyCycles(
  services: ReadonlyMap<string, Service>,
  root: MappingNode,
  report: Report,
): void {
  const done = new Set<string>();
  // A stack of its own: a chain of dependencies may be longer than the program's.
  const path: string[] = [];
  const onPath = new Set<string>();
  const open: { readonly name: string; readonly left: string[] }[] = [];
  const enter = (name: string): void => {
    const service = services.get(name);
    if (service === undefined || done.has(name)) return;
    path.push(name);
    onPath.add(name);
    open.push({ name, left: [...requiredServices(service)].reverse() });
  };
  for (const first of services.keys()) {
    enter(first);
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const next = top.left.pop();
      if (next === undefined) {
        open.pop();
        path.pop();
        onPath.delete(top.name);
        done.add(top.name);
      } else if (onPath.has(next)) {
        const circle = [...path.slice(path.indexOf(next)), next].join(" → ");
        const service = services.get(top.name)!;
        report(
          problemAt(
            at(service, root, "depends_on", next),
            "dependency-cycle",
            `services depend on each other in a circle: ${circle}`,
          ),
        );
      } else enter(next);
    }
  }
}

function checkContainerNames(
  services: ReadonlyMap<string, Service>,
  root: MappingNode,
  report: Report,
): void {
  const owners = new Map<string, Service[]>();
  for (const service of services.values()) {
    if (service.containerName === undefined) continue;
    const others = owners.get(service.containerName) ?? [];
    const owner = others.find((other) => canRunTogether(other, service));
    if (owner !== undefined) {
      const message = `services "${owner.name}" and "${service.name}" have the same container name "${service.containerName}"`;
      report(problemAt(at(service, root, "container_name"), "duplicate-container-name", message));
    }
    owners.set(service.containerName, [...others, service]);
  }
}

/** Services of different profiles are mostly each other's alternatives. */
function canRunTogether(left: Service, right: Service): boolean {
  if (left.profiles.length === 0 || right.profiles.length === 0) return true;
  return left.profiles.some((profile) => right.profiles.includes(profile));
}

interface TakenPort {
  readonly service: Service;
  readonly port: PublishedPort;
}

/** Fixed host ports that two services of the active profiles want; ranges are the engine's to choose from. */
function checkHostPorts(project: Project, report: Report): void {
  const taken = new Map<string, TakenPort[]>();
  for (const service of project.services.values()) {
    if (service.networkMode === "host") continue;
    for (const port of service.ports) {
      const range = port.published === undefined ? undefined : parseRange(port.published);
      if (range === undefined || range.first !== range.last) continue;
      if (service.replicas > 1) {
        const message = `service "${service.name}": ${service.replicas} replicas cannot all have host port ${range.first}`;
        report(problemAt(port.place, "port-clash", message));
      }
      const key = `${port.protocol} ${port.published}`;
      const same = taken.get(key) ?? [];
      const other = same.find(
        (candidate) => clash(candidate.port, port) && canRunTogether(candidate.service, service),
      );
      if (other !== undefined) {
        const message = `host port ${range.first}/${port.protocol} of service "${service.name}" is already taken by service "${other.service.name}"`;
        report(problemAt(port.place, "port-clash", message));
      }
      taken.set(key, [...same, { service, port }]);
    }
  }
}

function clash(left: PublishedPort, right: PublishedPort): boolean {
  const everywhere = (ip: string | undefined): boolean => ip === undefined || ip === "0.0.0.0" || ip === "::";
  const sameAddress = everywhere(left.hostIp) || everywhere(right.hostIp) || left.hostIp === right.hostIp;
  return sameAddress && left.protocol === right.protocol && left.published === right.published;
}
