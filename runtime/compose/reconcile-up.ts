import type { Dependency, Project, Service } from "../model/compose/types.ts";
import { requiredServices } from "../model/compose/validate.ts";
import { ComposeError } from "./compose-error.ts";
import { configHash } from "./config-hash.ts";
import { stopTimeoutSeconds } from "./container-request.ts";
import { label } from "./labels.ts";
import { containerName, imageName, isAnonymous } from "./names.ts";
import type { Observed, ObservedContainer } from "./observe.ts";
import type { Operation, Plan, Step } from "./plan.ts";
import { findOrphans, orphanWarnings, removalSteps } from "./reconcile-orphans.ts";
import type { InheritedVolume } from "./request-options.ts";

export interface UpOptions {
  readonly recreate: "diverged" | "always" | "never";
  readonly removeOrphans: boolean;
  readonly renewAnonymousVolumes: boolean;
  /** Containers are created, not started. */
  readonly start: boolean;
  /** Overrides the number of replicas. */
  readonly scale: ReadonlyMap<string, number>;
  /** How long containers that go or are replaced get to stop; undefined: as their service says. */
  readonly timeoutSeconds?: number;
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
    const { kept, surplus, doubles, wanted } = this.#sortOut(service);
    const timeoutSeconds = this.#options.timeoutSeconds ?? stopTimeoutSeconds(service);
    const removals = [
      ...removalSteps(doubles, "left over from an interrupted recreation", false, timeoutSeconds),
      ...removalSteps(surplus, `scaled to ${wanted}`, false, timeoutSeconds),
    ];
    this.#steps.push(...removals);
    // What goes may have a name that what comes needs.
    const before = [...this.#before(service), ...removals.map((step) => step.id)];
    const created: string[] = [];
    for (const container of kept) {
      const cause = this.#divergence(service, container);
      if (cause === undefined) continue;
      created.push(this.#recreate(service, container, cause, before));
      this.#recreated.add(service.name);
    }
    const numbers = new Set(kept.map((container) => container.number));
    for (let number = 1; numbers.size < wanted; number += 1) {
      if (numbers.has(number)) continue;
      numbers.add(number);
      const cause = kept.length === 0 ? "it does not exist" : `scaled to ${wanted}`;
      created.push(this.#create(service, number, cause, before));
    }
    this.#created.set(service.name, created);
  }

  /** Which containers of a service stay, which are too many, and which are another's double. */
  #sortOut(service: Service): SortedOut {
    const wanted = this.#options.scale.get(service.name) ?? service.replicas;
    const isProper = (container: ObservedContainer): boolean =>
      container.name === containerName(this.#project, service, container.number);
    const existing = this.#observed.containers
      .filter((container) => container.service === service.name && !container.oneOff)
      .toSorted(
        (left, right) => left.number - right.number || Number(isProper(right)) - Number(isProper(left)),
      );
    const isFirst = (container: ObservedContainer, index: number): boolean =>
      existing.findIndex(({ number }) => number === container.number) === index;
    const single = existing.filter(isFirst);
    const doubles = existing.filter((container) => !single.includes(container));
    return { wanted, kept: single.slice(0, wanted), surplus: single.slice(wanted), doubles };
  }

  #divergence(service: Service, container: ObservedContainer): string | undefined {
    if (this.#options.recreate === "never") return undefined;
    if (this.#options.recreate === "always") return "asked for with --force-recreate";
    if (container.configHash !== configHash(this.#project, service)) return "its configuration changed";
    if (container.name !== containerName(this.#project, service, container.number))
      return "its name is another";
    const networks = [...service.networks.keys()].map((key) => this.#project.networks.get(key)?.name ?? key);
    const missing = networks.find((network) => container.networks?.includes(network) === false);
    if (missing !== undefined) return `it is not in network ${missing}`;
    const image = this.#observed.images.get(imageName(this.#project, service));
    if (image !== undefined && image !== container.imageId) return "its image changed";
    // What a container shares with another is bound to that container's id.
    const shared = [...sharedWith(service)].find((name) => this.#recreated.has(name));
    return shared === undefined
      ? undefined
      : `it shares namespaces or volumes with ${shared}, which is recreated`;
  }

  #create(service: Service, number: number, cause: string, after: readonly string[]): string {
    const id = `container:${service.name}:${number}`;
    const name = containerName(this.#project, service, number);
    const operation: Operation = { op: "create-container", service: service.name, number, name, cause };
    this.#steps.push({ id, operation, after });
    return id;
  }

  #recreate(service: Service, container: ObservedContainer, cause: string, after: readonly string[]): string {
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
      timeoutSeconds: this.#options.timeoutSeconds,
      cause,
    };
    this.#steps.push({ id, operation, after });
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
    const { kept } = this.#sortOut(service);
    const createdNumbers = new Set(created.map((id) => Number(id.split(":").pop())));
    const idle = kept.filter((container) => !createdNumbers.has(container.number) && !isUp(container));
    const restarted = this.#restart(service, kept, createdNumbers);
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

interface SortedOut {
  readonly wanted: number;
  readonly kept: readonly ObservedContainer[];
  readonly surplus: readonly ObservedContainer[];
  readonly doubles: readonly ObservedContainer[];
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
