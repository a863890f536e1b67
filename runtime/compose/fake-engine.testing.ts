import { ApiError } from "../api/api-error.ts";
import type { ApiFilters, EngineClient, Frame } from "../api/engine-client.ts";
import type {
  ContainerCreateRequest,
  ContainerInspect,
  ContainerStatus,
  ContainerSummary,
} from "../api/types/container.ts";
import type { EndpointSettings, NetworkCreateRequest, NetworkInspect } from "../api/types/network.ts";
import type { EventMessage } from "../api/types/system.ts";
import type { Volume } from "../api/types/volume.ts";

/** How containers of an image behave once started. */
export interface Behaviour {
  /** Ends at once with this code. */
  readonly exitCode?: number;
  /** What its health check comes to; `starting` stays so. */
  readonly health?: "healthy" | "unhealthy" | "starting";
  /** Start fails with this message. */
  readonly startError?: string;
  /** Create fails with this message. */
  readonly createError?: string;
  readonly output?: string;
}

interface FakeContainer {
  readonly id: string;
  name: string;
  status: ContainerStatus;
  health: "starting" | "healthy" | "unhealthy" | undefined;
  exitCode: number;
  readonly request: ContainerCreateRequest;
  readonly networks: Map<string, EndpointSettings>;
}

/**
 * An engine in memory, with the state a real one has: containers, networks, volumes, images and their events. Health and
 * exits come after `start` has answered, as in reality, and are told by events. Calls it does not have throw.
 */
export class FakeEngine {
  readonly containers = new Map<string, FakeContainer>();
  readonly networks = new Map<string, NetworkCreateRequest>();
  readonly volumes = new Map<string, Volume>();
  readonly images: Map<string, Behaviour>;
  apiVersion = "1.50";
  /** What was done, in order: `start shop-db-1`. */
  readonly journal: string[] = [];
  readonly #events: EventMessage[] = [];
  readonly #listeners = new Set<() => void>();
  #ids = 0;

  constructor(images: Readonly<Record<string, Behaviour>>) {
    this.images = new Map(Object.entries(images));
  }

  /** The engine as its callers see it. */
  client(): EngineClient {
    const parts = {
      system: this.#system(),
      containers: this.#containers(),
      images: this.#images(),
      networks: this.#networks(),
      volumes: this.#volumes(),
    };
    // A call that the fake does not have is undefined: calling it fails the test.
    return parts as unknown as EngineClient;
  }

  /** `NAME STATUS` of every container, sorted. */
  states(): readonly string[] {
    return [...this.containers.values()].map(({ name, status }) => `${name} ${status}`).toSorted();
  }

  find(idOrName: string): FakeContainer {
    const found =
      this.containers.get(idOrName) ?? [...this.containers.values()].find(({ name }) => name === idOrName);
    if (found === undefined) throw new ApiError(404, `No such container: ${idOrName}`);
    return found;
  }

  #emit(container: FakeContainer, action: string): void {
    this.#events.push({
      Type: "container",
      Action: action,
      Actor: { ID: container.id, Attributes: {} },
      scope: "local",
      time: 0,
      timeNano: 0,
    });
    for (const listener of this.#listeners) listener();
  }

  #system(): Partial<EngineClient["system"]> {
    const engine = this;
    return {
      ping: async () => ({ apiVersion: this.apiVersion, osType: "linux" }),
      events: async function* ({ filters }, signal) {
        let at = 0;
        while (true) {
          for (; at < engine.#events.length; at += 1) {
            const event = engine.#events[at]!;
            if (filters?.container?.includes(event.Actor.ID) ?? true) yield event;
          }
          await new Promise<void>((resolve, reject) => {
            const wake = (): void => {
              engine.#listeners.delete(wake);
              resolve();
            };
            engine.#listeners.add(wake);
            signal.addEventListener("abort", () => reject(signal.reason), { once: true });
          });
        }
      },
    };
  }

  #containers(): Partial<EngineClient["containers"]> {
    return {
      list: async ({ filters }) =>
        [...this.containers.values()]
          .filter((container) => hasLabels(container.request.Labels, filters))
          .map(summary),
      create: async (request, { name = "" }) => {
        if ([...this.containers.values()].some((container) => container.name === name)) {
          throw new ApiError(409, `Conflict. The container name "/${name}" is already in use`);
        }
        const { createError } = this.images.get(request.Image ?? "") ?? {};
        if (createError !== undefined) throw new ApiError(400, createError);
        this.#ids += 1;
        const id = `${this.#ids}`.padStart(64, "0");
        const networks = new Map(
          Object.entries(request.NetworkingConfig?.EndpointsConfig ?? {}).map(([key, value]) => [
            key,
            value ?? {},
          ]),
        );
        this.containers.set(id, {
          id,
          name,
          status: "created",
          health: undefined,
          exitCode: 0,
          request,
          networks,
        });
        this.journal.push(`create ${name}`);
        return { Id: id, Warnings: [] };
      },
      inspect: async (id) => this.#inspect(this.find(id)),
      start: async (id) => this.#start(this.find(id)),
      stop: async (id) => {
        const container = this.find(id);
        this.journal.push(`stop ${container.name}`);
        container.status = "exited";
        this.#emit(container, "die");
      },
      restart: async (id) => {
        this.journal.push(`restart ${this.find(id).name}`);
      },
      rename: async (id, name) => {
        const container = this.find(id);
        this.journal.push(`rename ${container.name} to ${name}`);
        container.name = name;
      },
      remove: async (id) => {
        const container = this.find(id);
        this.journal.push(`remove ${container.name}`);
        this.containers.delete(container.id);
      },
      logs: (id) => framesOf(this.#behaviour(this.find(id)).output ?? ""),
    };
  }

  #start(container: FakeContainer): void {
    const behaviour = this.#behaviour(container);
    if (behaviour.startError !== undefined) throw new ApiError(500, behaviour.startError);
    this.journal.push(`start ${container.name}`);
    container.status = "running";
    container.health = behaviour.health === undefined ? undefined : "starting";
    this.#emit(container, "start");
    setImmediate(() => this.#unfold(container, behaviour));
  }

  #unfold(container: FakeContainer, behaviour: Behaviour): void {
    if (behaviour.exitCode !== undefined) {
      container.status = "exited";
      container.exitCode = behaviour.exitCode;
      this.journal.push(`exit ${container.name} ${behaviour.exitCode}`);
      this.#emit(container, "die");
    } else if (behaviour.health !== undefined && behaviour.health !== "starting") {
      container.health = behaviour.health;
      this.journal.push(`${behaviour.health} ${container.name}`);
      this.#emit(container, `health_status: ${behaviour.health}`);
    }
  }

  #behaviour(container: FakeContainer): Behaviour {
    return this.images.get(container.request.Image ?? "") ?? {};
  }

  #inspect(container: FakeContainer): ContainerInspect {
    const { id, name, status, health, exitCode, request } = container;
    const log = [{ Start: "", End: "", ExitCode: 1, Output: "no answer\n" }];
    const state = {
      Status: status,
      ExitCode: exitCode,
      Health: health === undefined ? undefined : { Status: health, FailingStreak: 0, Log: log },
    };
    // As much of an inspect as Compose reads.
    return {
      Id: id,
      Name: `/${name}`,
      Created: "2026-01-01T00:00:00Z",
      State: state,
      Config: request,
    } as unknown as ContainerInspect;
  }

  #images(): Partial<EngineClient["images"]> {
    return {
      inspect: async (name) => {
        if (!this.images.has(name)) throw new ApiError(404, `No such image: ${name}`);
        return { Id: `sha256:${name}` } as Awaited<ReturnType<EngineClient["images"]["inspect"]>>;
      },
      pull: (reference) => {
        this.journal.push(`pull ${reference}`);
        return this.#pulled(reference);
      },
    };
  }

  async *#pulled(reference: string): AsyncGenerator<{ readonly status: string }> {
    if (reference.startsWith("nowhere")) throw new ApiError(404, `manifest for ${reference} not found`);
    yield { status: "Pulling" };
    this.images.set(reference.replace(/:latest$/, ""), {});
  }

  #networks(): Partial<EngineClient["networks"]> {
    return {
      list: async () => [...this.networks.values()] as unknown as readonly NetworkInspect[],
      create: async (request) => {
        this.journal.push(`create network ${request.Name}`);
        this.networks.set(request.Name, request);
        return { Id: request.Name, Warning: "" };
      },
      connect: async (network, id, endpoint) => {
        this.journal.push(`connect ${this.find(id).name} to ${network}`);
        this.find(id).networks.set(network, endpoint);
      },
      remove: async (name) => {
        this.journal.push(`remove network ${name}`);
        this.networks.delete(name);
      },
    };
  }

  #volumes(): Partial<EngineClient["volumes"]> {
    return {
      list: async () => [...this.volumes.values()],
      create: async ({ Name = "", Labels = null }) => {
        this.journal.push(`create volume ${Name}`);
        const volume: Volume = {
          Name,
          Driver: "local",
          Mountpoint: "",
          Labels,
          Scope: "local",
          Options: null,
        };
        this.volumes.set(Name, volume);
        return volume;
      },
      remove: async (name) => {
        this.journal.push(`remove volume ${name}`);
        this.volumes.delete(name);
      },
    };
  }
}

async function* framesOf(text: string): AsyncGenerator<Frame> {
  if (text !== "") yield { stream: 1, data: Buffer.from(text) };
}

function hasLabels(labels: ContainerCreateRequest["Labels"], filters: ApiFilters | undefined): boolean {
  return (filters?.label ?? []).every((wanted) => {
    const [key = "", value = ""] = wanted.split("=");
    return labels?.[key] === value;
  });
}

function summary(container: FakeContainer): ContainerSummary {
  const { id, name, status, request } = container;
  const image = request.Image ?? "";
  // As much of a row as Compose reads.
  return {
    Id: id,
    Names: [`/${name}`],
    Image: image,
    ImageID: `sha256:${image}`,
    Labels: request.Labels,
    State: status,
    Mounts: [],
  } as unknown as ContainerSummary;
}
