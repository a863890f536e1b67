import { ApiError } from "../api/api-error.ts";
import type { EngineClient } from "../api/engine-client.ts";
import type { Project, Service } from "../model/compose/types.ts";
import { awaitCondition } from "./await-condition.ts";
import { type BuildContext, buildService } from "./build-service.ts";
import { ComposeError } from "./compose-error.ts";
import { configHash } from "./config-hash.ts";
import { containerRequest } from "./container-request.ts";
import { givenFiles, writeGivenFiles } from "./given-files.ts";
import { resourceLabels } from "./labels.ts";
import { imageName } from "./names.ts";
import { networkRequest } from "./network-request.ts";
import type { Observed } from "./observe.ts";
import { type Operation, printOperation, type Step } from "./plan.ts";
import { pullImage } from "./pull-image.ts";
import type { InheritedVolume } from "./request-options.ts";

/** What steps leave for each other: which container is which now. */
export class Execution {
  readonly client: EngineClient;
  readonly project: Project;
  readonly output: BuildContext;
  readonly #containers = new Map<string, string>();

  constructor(client: EngineClient, project: Project, observed: Observed, output: BuildContext) {
    this.client = client;
    this.project = project;
    this.output = output;
    for (const container of observed.containers)
      if (!container.oneOff) this.remember(container.service, container.number, container.id);
  }

  remember(service: string, number: number, id: string): void {
    this.#containers.set(`${service}#${number}`, id);
  }

  /** The ids of a service's containers, lowest number first. */
  containersOf(service: string): readonly string[] {
    const own = [...this.#containers].filter(([key]) => key.slice(0, key.lastIndexOf("#")) === service);
    return own
      .toSorted(([left], [right]) => Number(left.split("#").pop()) - Number(right.split("#").pop()))
      .map(([, id]) => id);
  }

  container(service: string, number: number): string {
    const id = this.#containers.get(`${service}#${number}`);
    if (id === undefined) throw new ComposeError(`service "${service}" has no container ${number}`);
    return id;
  }

  service(name: string): Service {
    const service = this.project.services.get(name);
    if (service === undefined) throw new ComposeError(`no such service: "${name}"`);
    return service;
  }
}

/** Does one step's operation. A failure of the engine is told together with what was being done. */
export async function executeStep(execution: Execution, step: Step, signal: AbortSignal): Promise<void> {
  try {
    await executeOperation(execution, step.operation, signal);
  } catch (error) {
    const isLate = error instanceof DOMException && error.name === "TimeoutError" && !signal.aborted;
    if (isLate)
      throw new ComposeError(`cannot ${printOperation(step.operation)}: the engine takes too long`, {
        cause: error,
      });
    if (!(error instanceof ApiError)) throw error;
    throw new ComposeError(`cannot ${printOperation(step.operation)}: ${error.message}`, { cause: error });
  }
}

async function executeOperation(
  execution: Execution,
  operation: Operation,
  signal: AbortSignal,
): Promise<void> {
  const { client, project } = execution;
  switch (operation.op) {
    case "pull-image":
      return await pullImage(
        client,
        operation.image,
        execution.service(operation.service).platform,
        execution.output,
        signal,
      );
    case "build-image":
      return await buildService(
        client,
        project,
        execution.service(operation.service),
        execution.output,
        signal,
      );
    case "create-network":
      await client.networks.create(networkRequest(project, operation.key), signal);
      return;
    case "create-volume":
      return await createVolume(execution, operation.key, signal);
    case "create-container": {
      const { service, number, name } = operation;
      const id = await createContainer(
        execution,
        service,
        number,
        name,
        [],
        AbortSignal.timeout(CHANGE_LIMIT_MS),
      );
      return execution.remember(operation.service, operation.number, id);
    }
    case "recreate-container":
      return await recreateContainer(execution, operation);
    case "start-container":
      return await client.containers.start(execution.container(operation.service, operation.number), signal);
    case "restart-container":
      return await client.containers.restart(
        operation.id,
        { timeoutSeconds: operation.timeoutSeconds },
        signal,
      );
    case "stop-container":
      return await ignoringAbsent(
        client.containers.stop(operation.id, { timeoutSeconds: operation.timeoutSeconds }, signal),
      );
    case "remove-container":
      return await ignoringAbsent(
        client.containers.remove(
          operation.id,
          { force: true, removeVolumes: operation.removeVolumes },
          signal,
        ),
      );
    case "await-condition":
      return await awaitDependency(execution, operation, signal);
    case "remove-network":
      return await ignoringAbsent(client.networks.remove(operation.name, signal));
    case "remove-volume":
      return await ignoringAbsent(client.volumes.remove(operation.name, {}, signal));
  }
}

async function createVolume(execution: Execution, key: string, signal: AbortSignal): Promise<void> {
  const { client, project } = execution;
  const volume = project.volumes.get(key);
  if (volume === undefined) throw new ComposeError(`no such volume in the project: "${key}"`);
  const labels = resourceLabels(project, "volume", key, volume.labels);
  await client.volumes.create(
    { Name: volume.name, Driver: volume.driver ?? "local", DriverOpts: volume.driverOpts, Labels: labels },
    signal,
  );
}

/** Making a container takes seconds; cut short it would leave one without all of its networks, or under a wrong name. */
const CHANGE_LIMIT_MS = 60_000;

async function createContainer(
  execution: Execution,
  serviceName: string,
  number: number,
  name: string,
  inheritedVolumes: readonly InheritedVolume[],
  signal: AbortSignal,
): Promise<string> {
  const { client, project } = execution;
  const service = execution.service(serviceName);
  const files = givenFiles(project, service, execution.output.environment);
  const imageId = (await client.images.inspect(imageName(project, service), signal)).Id;
  const identity = { number, oneOff: false, configHash: configHash(project, service), imageId };
  const containerOf = (other: string): string => execution.container(other, 1);
  const wanted = containerRequest(project, service, { identity, inheritedVolumes, containerOf });
  const { Id: id } = await client.containers.create(
    wanted.request,
    { name, platform: service.platform },
    signal,
  );
  try {
    for (const { network, endpoint } of wanted.laterAttachments)
      await client.networks.connect(network, id, endpoint, signal);
    await writeGivenFiles(client, id, files, signal);
  } catch (error) {
    // Half a container is none; the undo must not hang on the caller's signal.
    await client.containers.remove(id, { force: true }, AbortSignal.timeout(10_000)).catch(() => {});
    throw error;
  }
  return id;
}

/** The new container is made beside the old one under another name, so that a failure leaves the old one as it was. */
async function recreateContainer(
  execution: Execution,
  operation: Operation & { readonly op: "recreate-container" },
): Promise<void> {
  const { client } = execution;
  const { timeoutSeconds } = operation;
  const ownGraceMs = execution.service(operation.service).stopGracePeriodMs ?? 10_000;
  const graceMs = timeoutSeconds === undefined ? ownGraceMs : timeoutSeconds * 1000;
  const signal = AbortSignal.timeout(CHANGE_LIMIT_MS + graceMs);
  const { id: oldId, name, service, number, inheritedVolumes } = operation;
  const newId = await createContainer(
    execution,
    service,
    number,
    `${oldId.slice(0, 12)}_${name}`,
    inheritedVolumes,
    signal,
  );
  try {
    await ignoringAbsent(client.containers.stop(oldId, { timeoutSeconds }, signal));
    await ignoringAbsent(client.containers.remove(oldId, { force: true }, signal));
    await client.containers.rename(newId, name, signal);
  } catch (error) {
    await client.containers.remove(newId, { force: true }, AbortSignal.timeout(10_000)).catch(() => {});
    throw error;
  }
  execution.remember(service, number, newId);
}

async function awaitDependency(
  execution: Execution,
  operation: Operation & { readonly op: "await-condition" },
  signal: AbortSignal,
): Promise<void> {
  const { dependency, condition, dependents, required } = operation;
  const names = dependents.map((name) => `"${name}"`).join(", ");
  const isOne = dependents.length === 1;
  try {
    await Promise.all(
      execution.containersOf(dependency).map((id) => awaitCondition(execution.client, id, condition, signal)),
    );
  } catch (error) {
    if (!(error instanceof ComposeError)) throw error;
    if (required)
      throw new ComposeError(
        `cannot start ${isOne ? "service" : "services"} ${names}, which ${isOne ? "depends" : "depend"} on "${dependency}": ${error.message}`,
        { cause: error },
      );
    execution.output.warn(
      `${isOne ? "service" : "services"} ${names} ${isOne ? "starts" : "start"} without "${dependency}", which is not required: ${error.message}`,
    );
  }
}

/** What should go and is gone, or should stop and has stopped, is no failure. */
async function ignoringAbsent(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof ApiError) || (error.status !== 404 && error.status !== 304)) throw error;
  }
}
