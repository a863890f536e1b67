import type { Dependency, Project, Service } from "../model/compose/types.ts";
import { requiredServices } from "../model/compose/validate.ts";
import { ComposeError } from "./compose-error.ts";
import { configHash } from "./config-hash.ts";
import { type InheritedVolume, stopTimeoutSeconds } from "./container-request.ts";
import { label } from "./labels.ts";
import { containerName, imageName, isAnonymous } from "./names.ts";
import type { Observed, ObservedContainer } from "./observe.ts";
import type { Operation, Plan, Step } from "./plan.ts";
import { findOrphans, orphanWarnings, removalSteps } from "./reconcile-orphans.ts";

export interface UpOptions {
  readonly recreate: "diverged" | "always" | "never";
  readonly removeOrphans: boolean;
  readonly renewAnonymousVolumes: boolean;
  /** Containers are created, not started. */
  readonly start: boolean;
  /** Overrides the number of replicas. */
  readonly scale: ReadonlyMap<string, number>;
}

/** Decides how to get from what is observed to the services given (in dependency order); does nothing. */
export function reconcileUp(
  project: Project,
  services: readonly Service[],
  observed: Observed,
  options: UpOptions,
): Plan {
  const planner = new UpPlanner(project, services, observed, options);
  return planner.plan();
}

class UpPlanner {
  readonly #project: Project;
  readonly #services: readonly Service[];
  readonly #observed: Observed;
  readonly #options: UpOptions;
  readonly #steps: Step[] = [];
  /** Steps that make networks and volumes, by the project's key. */
  readonly #resourceSteps = new Map<string, string>();
  /** Per service the steps after which its containers exist, and those after which they run. */
  readonly #created = new Map<string, string[]>();
  readonly #started = new Map<string, string[]>();
  readonly #recreated = new Set<string>();
  /** Who waits, by the step that waits. */
  readonly #awaiting = new Map<string, string[]>();

  constructor(project: Project, services: readonly Service[], observed: Observed, options: UpOptions) {
    this.#project = project;
    this.#services = services;
    this.#observed = observed;
    this.#options = options;
  }

  plan(): Plan {
    this.#networks();
    this.#volumes();
    const orphans = findOrphans(this.#project, this.#observed);
    if (this.#options.removeOrphans)
      this.#steps.push(...removalSteps(orphans, "no service of this name is in the project", false));
    for (const service of this.#services) this.#containers(service);
    if (this.#options.start) for (const service of this.#services) this.#start(service);
    return {
      steps: this.#steps.map(withDependents),
      warnings: this.#options.removeOrphans ? [] : orphanWarnings(orphans),
    };
  }

  #networks(): void {
    const used = new Set(this.#services.flatMap((service) => [...service.networks.keys()]));
    for (const key of used) {
      const network = this.#project.networks.get(key);
      if (network === undefined) continue;
      const existing = this.#observed.networks.get(network.name);
      if (network.external) {
        if (existing === undefined && !["host", "bridge", "none"].includes(network.name))
          throw missingExternal("network", network.name);
      } else if (existing === undefined) {
        this.#resource(`network:${key}`, {
          op: "create-network",
          key,
          name: network.name,
          cause: "it does not exist",
        });
      } else if (existing.Labels?.[label.project] !== this.#project.name) {
        throw new ComposeError(
          `network "${network.name}" exists and does not belong to project "${this.#project.name}": declare it as external, or remove it`,
        );
      }
    }
  }

  #volumes(): void {
    const used = new Set(
      this.#services.flatMap((service) =>
        service.volumes.flatMap((mount) =>
          mount.type === "volume" && mount.source !== undefined ? [mount.source] : [],
        ),
      ),
    );
    for (const key of used) {
      const volume = this.#project.volumes.get(key);
      if (volume === undefined) continue;
      const exists = this.#observed.volumes.has(volume.name);
      if (volume.external && !exists) throw missingExternal("volume", volume.name);
      if (!exists)
        this.#resource(`volume:${key}`, {
          op: "create-volume",
          key,
          name: volume.name,
          cause: "it does not exist",
        });
    }
  }

  #resource(id: string, operation: Operation): void {
    this.#steps.push({ id, operation, after: [] });
    this.#resourceSteps.set(id, id);
  }

  #containers(service: Service): void {
    const existing = this.#observed.containers.filter(
      (container) => container.service === service.name && !container.oneOff,
    );
    const wanted = this.#options.scale.get(service.name) ?? service.replicas;
    const kept = existing.slice(0, wanted);
    const surplus = existing.slice(wanted);
    this.#steps.push(...removalSteps(surplus, `scaled to ${wanted}`, false, stopTimeoutSeconds(service)));
    const created: string[] = [];
    for (const container of kept) {
      const cause = this.#divergence(service, container);
      if (cause === undefined) continue;
      created.push(this.#recreate(service, container, cause));
      this.#recreated.add(service.name);
    }
    const numbers = new Set(kept.map((container) => container.number));
    for (let number = 1; numbers.size < wanted; number += 1) {
      if (numbers.has(number)) continue;
      numbers.add(number);
      created.push(
        this.#create(service, number, existing.length === 0 ? "it does not exist" : `scaled to ${wanted}`),
      );
    }
    this.#created.set(service.name, created);
  }

  #divergence(service: Service, container: ObservedContainer): string | undefined {
    if (this.#options.recreate === "never") return undefined;
    if (this.#options.recreate === "always") return "asked for with --force-recreate";
    if (container.configHash !== configHash(this.#project, service)) return "its configuration changed";
    const image = this.#observed.images.get(imageName(this.#project, service));
    if (image !== undefined && image !== container.imageId) return "its image changed";
    // What a container shares with another is bound to that container's id.
    const shared = [...sharedWith(service)].find((name) => this.#recreated.has(name));
    return shared === undefined
      ? undefined
      : `it shares namespaces or volumes with ${shared}, which is recreated`;
  }

  #create(service: Service, number: number, cause: string): string {
    const id = `container:${service.name}:${number}`;
    const name = containerName(this.#project, service, number);
    const operation: Operation = { op: "create-container", service: service.name, number, name, cause };
    this.#steps.push({ id, operation, after: this.#before(service) });
    return id;
  }

  #recreate(service: Service, container: ObservedContainer, cause: string): string {
    const { number } = container;
    const id = `container:${service.name}:${number}`;
    const inheritedVolumes = this.#options.renewAnonymousVolumes ? [] : anonymousVolumes(service, container);
    const name = containerName(this.#project, service, number);
    const operation: Operation = {
      op: "recreate-container",
      service: service.name,
      number,
      name,
      id: container.id,
      inheritedVolumes,
      cause,
    };
    this.#steps.push({ id, operation, after: this.#before(service) });
    return id;
  }

  /** A container can be made when its networks, volumes and the containers it shares things with are there. */
  #before(service: Service): readonly string[] {
    const mounts = service.volumes.flatMap((mount) =>
      mount.type === "volume" && mount.source !== undefined ? [mount.source] : [],
    );
    const resources = [
      ...[...service.networks.keys()].map((key) => `network:${key}`),
      ...mounts.map((key) => `volume:${key}`),
    ];
    const made = resources.filter((id) => this.#resourceSteps.has(id));
    return [...made, ...[...sharedWith(service)].flatMap((name) => this.#created.get(name) ?? [])];
  }

  #start(service: Service): void {
    const created = this.#created.get(service.name) ?? [];
    const existing = this.#observed.containers.filter(
      (container) => container.service === service.name && !container.oneOff,
    );
    const createdNumbers = new Set(created.map((id) => Number(id.split(":").pop())));
    const wanted = this.#options.scale.get(service.name) ?? service.replicas;
    const idle = existing
      .slice(0, wanted)
      .filter((container) => !createdNumbers.has(container.number) && !isUp(container));
    const restarted = this.#restart(service, existing.slice(0, wanted), createdNumbers);
    const starts = [
      ...[...createdNumbers].map((number) => ({
        number,
        name: containerName(this.#project, service, number),
        cause: "it is new",
      })),
      ...idle.map(({ number, name, status }) => ({ number, name, cause: `it is ${status}` })),
    ];
    if (starts.length === 0) {
      this.#started.set(service.name, restarted);
      return;
    }
    const after = [...this.#conditions(service), ...created];
    const ids = starts.map(({ number, name, cause }) => {
      const id = `start:${service.name}:${number}`;
      this.#steps.push({
        id,
        operation: { op: "start-container", service: service.name, number, name, cause },
        after,
      });
      return id;
    });
    this.#started.set(service.name, [...ids, ...restarted]);
  }

  /** `depends_on.restart`: the running container is restarted when what it depends on is made anew. */
  #restart(
    service: Service,
    existing: readonly ObservedContainer[],
    createdNumbers: ReadonlySet<number>,
  ): string[] {
    const cause = [...service.dependsOn].find(
      ([name, dependency]) => dependency.restart && this.#recreated.has(name),
    )?.[0];
    if (cause === undefined) return [];
    const running = existing.filter((container) => !createdNumbers.has(container.number) && isUp(container));
    const after = running.length === 0 ? [] : this.#conditions(service);
    return running.map(({ id, name, number }) => {
      const step = `restart:${service.name}:${number}`;
      const timeoutSeconds = stopTimeoutSeconds(service);
      const operation: Operation = {
        op: "restart-container",
        service: service.name,
        name,
        id,
        timeoutSeconds,
        cause: `${cause} is recreated`,
      };
      this.#steps.push({ id: step, operation, after });
      return step;
    });
  }

  /** The steps after which the service may start: its dependencies started, healthy or completed. */
  #conditions(service: Service): readonly string[] {
    const selected = new Set(this.#services.map((candidate) => candidate.name));
    return [...requiredServices(service)].flatMap((name) => {
      if (!selected.has(name)) return [];
      const started = this.#started.get(name) ?? [];
      const dependency = service.dependsOn.get(name);
      if (dependency === undefined || dependency.condition === "service_started") return started;
      return [this.#await(service.name, name, dependency, started)];
    });
  }

  /** Dependents that wait for the same thing share the step. */
  #await(dependent: string, name: string, dependency: Dependency, started: readonly string[]): string {
    const { condition, required } = dependency;
    const id = `await:${name}:${condition}:${required ? "required" : "optional"}`;
    const known = this.#awaiting.get(id);
    if (known !== undefined) {
      known.push(dependent);
      return id;
    }
    const dependents = [dependent];
    this.#awaiting.set(id, dependents);
    const operation: Operation = {
      op: "await-condition",
      dependents,
      dependency: name,
      condition,
      required,
      cause: "",
    };
    this.#steps.push({ id, operation, after: started });
    return id;
  }
}

/** Who waits is only known when all have been planned. */
function withDependents(step: Step): Step {
  const { operation } = step;
  if (operation.op !== "await-condition") return step;
  const { dependents } = operation;
  const cause = `${dependents.join(", ")} ${dependents.length === 1 ? "depends" : "depend"} on it`;
  return { ...step, operation: { ...operation, dependents: [...dependents], cause } };
}

function missingExternal(kind: string, name: string): ComposeError {
  return new ComposeError(`${kind} "${name}" is declared as external and does not exist: create it first`);
}

function isUp(container: ObservedContainer): boolean {
  return container.status === "running" || container.status === "restarting" || container.status === "paused";
}

/** Services whose containers this one's refer to by id. */
function sharedWith(service: Service): ReadonlySet<string> {
  const modes = [service.networkMode, service.pid, service.ipc].flatMap((mode) => {
    return mode?.startsWith("service:") ? [mode.slice("service:".length)] : [];
  });
  const volumes = service.volumesFrom
    .filter((source) => !source.startsWith("container:"))
    .map((source) => source.split(":")[0] ?? "");
  return new Set([...modes, ...volumes]);
}

/** Volumes without a name of their own stay with the service when its container is replaced. */
function anonymousVolumes(service: Service, container: ObservedContainer): readonly InheritedVolume[] {
  const taken = new Set(
    service.volumes
      .filter((mount) => mount.type !== "volume" || mount.source !== undefined)
      .map((mount) => mount.target),
  );
  return container.mounts.filter((mount) => isAnonymous(mount.name) && !taken.has(mount.target));
}
