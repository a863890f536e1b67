import { randomBytes } from "node:crypto";
import { ApiError } from "../api/api-error.ts";
import type { AttachedStream } from "../api/engine-client.ts";
import type { PublishedPort, Service } from "../model/compose/types.ts";
import { ComposeError } from "./compose-error.ts";
import { containerRequest } from "./container-request.ts";
import { givenFiles, writeGivenFiles } from "./given-files.ts";
import { imageName } from "./names.ts";
import { type Observed, observe } from "./observe.ts";
import type { Plan, Step } from "./plan.ts";
import { planImages } from "./plan-images.ts";
import { reconcileUp } from "./reconcile-up.ts";
import { type ComposeSession, carryOut, requireEngine } from "./session.ts";

export interface RunRequest {
  readonly service: Service;
  /** In dependency order; the service itself is not among them. */
  readonly dependencies: readonly Service[];
  /** Instead of the service's command; empty: the service's own. */
  readonly command: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly name?: string;
  readonly user?: string;
  readonly workingDir?: string;
  /** Remove the container when it ends. */
  readonly remove: boolean;
  /** Publish the service's ports; a one-off container does not unless asked, its ports may be taken. */
  readonly servicePorts: boolean;
  readonly publish: readonly PublishedPort[];
  readonly build: boolean;
  /** Whoever runs it is its standard input; its end is the input's end. */
  readonly takesInput: boolean;
}

/** A one-off container that is ready to start. */
export interface OneOff {
  readonly id: string;
  readonly name: string;
}

/** Brings up what the service needs and makes a container for one command, not started. */
export async function prepareRun(
  session: ComposeSession,
  request: RunRequest,
  signal: AbortSignal,
): Promise<OneOff> {
  const { client, project } = session;
  const services = [...request.dependencies, request.service];
  await requireEngine(session, services, signal);
  const before = await observe(client, project, signal);
  await carryOut(session, planImages(project, services, before, { build: request.build }), before, signal);
  const observed = await observe(client, project, signal);
  const execution = await carryOut(session, planSurroundings(session, request, observed), observed, signal);
  const service = oneOffService(request);
  const image = imageName(project, service);
  const imageId = observed.images.get(image);
  if (imageId === undefined)
    throw new ComposeError(`cannot run service "${service.name}": image "${image}" is not there`);
  const { request: wanted, laterAttachments } = containerRequest(project, service, {
    identity: { number: 1, oneOff: true, configHash: "", imageId },
    inheritedVolumes: [],
    containerOf: (other) => execution.container(other, 1),
  });
  const files = givenFiles(project, service, session.environment);
  const name = request.name ?? `${project.name}-${service.name}-run-${randomBytes(6).toString("hex")}`;
  const hostConfig = { ...wanted.HostConfig, AutoRemove: request.remove };
  const { Id: id } = await creating(name, () =>
    client.containers.create(
      { ...wanted, StdinOnce: request.takesInput, HostConfig: hostConfig },
      { name, platform: service.platform },
      signal,
    ),
  );
  for (const { network, endpoint } of laterAttachments)
    await client.networks.connect(network, id, endpoint, signal);
  await writeGivenFiles(client, id, files, signal);
  return { id, name };
}

/** Dependencies are brought up whole; of the service itself only its networks and volumes. */
function planSurroundings(session: ComposeSession, request: RunRequest, observed: Observed): Plan {
  const { project } = session;
  const options = {
    recreate: "never",
    removeOrphans: false,
    renewAnonymousVolumes: false,
    start: true,
  } as const;
  const services = [...request.dependencies, request.service];
  const own = observed.containers.filter(
    (container) => container.service === request.service.name && !container.oneOff,
  );
  const scale = new Map([[request.service.name, new Set(own.map(({ number }) => number)).size]]);
  const plan = reconcileUp(project, services, observed, { ...options, scale });
  // Running containers of the service are none of our business: neither started nor waited for on their own account.
  const steps = plan.steps.filter((step) => {
    return !(step.operation.op === "start-container" && step.operation.service === request.service.name);
  });
  const conditions = reconcileConditions(request);
  const known = new Set(steps.map((step) => step.id));
  return { ...plan, steps: [...steps, ...conditions.filter((step) => !known.has(step.id))] };
}

function reconcileConditions(request: RunRequest): readonly Step[] {
  const selected = new Set(request.dependencies.map((dependency) => dependency.name));
  return [...request.service.dependsOn].flatMap(([name, { condition, required }]) => {
    if (condition === "service_started" || !selected.has(name)) return [];
    const dependency = request.dependencies.find((candidate) => candidate.name === name);
    const after = Array.from(
      { length: dependency?.replicas ?? 0 },
      (_, index) => `start:${name}:${index + 1}`,
    );
    const cause = `${request.service.name} depends on it`;
    const operation = {
      op: "await-condition",
      dependents: [request.service.name],
      dependency: name,
      condition,
      required,
      cause,
    } as const;
    return [{ id: `await:${name}:${condition}:${required ? "required" : "optional"}`, operation, after }];
  });
}

function oneOffService(request: RunRequest): Service {
  const { service } = request;
  return {
    ...service,
    containerName: undefined,
    command:
      request.command.length > 0
        ? request.command
        : request.entrypoint === undefined
          ? service.command
          : undefined,
    entrypoint: request.entrypoint ?? service.entrypoint,
    environment: { ...service.environment, ...request.environment },
    user: request.user ?? service.user,
    workingDir: request.workingDir ?? service.workingDir,
    ports: [...(request.servicePorts ? service.ports : []), ...request.publish],
  };
}

async function creating<T>(name: string, create: () => Promise<T>): Promise<T> {
  try {
    return await create();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw new ComposeError(`cannot create container ${name}: ${error.message}`, { cause: error });
  }
}

export interface RunStreams {
  readonly stdin: boolean;
  /** Carries streams to and fro until they end or the user leaves. */
  readonly carry: (attached: AttachedStream) => Promise<"ended" | "detached">;
}

/** Starts the container and gives its exit code; 0 when the user left it. On abort the container is ended. */
export async function runAttached(
  session: ComposeSession,
  container: OneOff,
  streams: RunStreams,
  signal: AbortSignal,
): Promise<number> {
  const { containers } = session.client;
  try {
    const attached = await containers.attach(
      container.id,
      { stdin: streams.stdin, stdout: true, stderr: true, stream: true },
      signal,
    );
    const { exit } = await containers.beginWait(container.id, "next-exit", signal);
    exit.catch(() => {});
    await containers.start(container.id, signal);
    const end = await streams.carry(attached);
    signal.throwIfAborted();
    return end === "detached" ? 0 : (await exit).StatusCode;
  } catch (error) {
    if (!signal.aborted) throw error;
    await containers.stop(container.id, {}, AbortSignal.timeout(30_000)).catch(() => {});
    throw error;
  }
}
