import { ApiError } from "../api/api-error.ts";
import type { EngineClient } from "../api/engine-client.ts";
import type { ContainerStatus, ContainerSummary } from "../api/types/container.ts";
import type { NetworkInspect } from "../api/types/network.ts";
import type { Volume } from "../api/types/volume.ts";
import type { Project } from "../model/compose/types.ts";
import { label } from "./labels.ts";
import { imageName } from "./names.ts";

/** A container of the project as it is now. */
export interface ObservedContainer {
  readonly id: string;
  /** Without the leading slash. */
  readonly name: string;
  readonly service: string;
  readonly number: number;
  readonly oneOff: boolean;
  readonly status: ContainerStatus;
  readonly configHash: string;
  readonly imageId: string;
  /** Names of the networks it is in; undefined when the engine does not tell. */
  readonly networks?: readonly string[];
  readonly mounts: readonly { readonly name: string; readonly target: string }[];
  readonly summary: ContainerSummary;
}

/** What there is on the engine that a decision may depend on. */
export interface Observed {
  readonly containers: readonly ObservedContainer[];
  /** All of the engine, by name. */
  readonly networks: ReadonlyMap<string, NetworkInspect>;
  /** All of the engine, by name. */
  readonly volumes: ReadonlyMap<string, Volume>;
  /** Image ids by the names the services use; missing images are not in it. */
  readonly images: ReadonlyMap<string, string>;
}

/** Looks at everything that belongs to the project or that it refers to. */
export async function observe(
  client: EngineClient,
  project: Project,
  signal: AbortSignal,
): Promise<Observed> {
  const [containers, networks, volumes, images] = await Promise.all([
    observeContainers(client, project.name, signal),
    client.networks.list({}, signal),
    client.volumes.list({}, signal),
    observeImages(client, project, signal),
  ]);
  return {
    containers,
    networks: new Map(networks.map((network) => [network.Name, network])),
    volumes: new Map(volumes.map((volume) => [volume.Name, volume])),
    images,
  };
}

/** The containers that carry the project's label, in whatever state. */
export async function observeContainers(
  client: EngineClient,
  project: string,
  signal: AbortSignal,
): Promise<readonly ObservedContainer[]> {
  const summaries = await client.containers.list(
    { all: true, filters: { label: [`${label.project}=${project}`] } },
    signal,
  );
  return summaries
    .map(observed)
    .toSorted((left, right) => compare(left.service, right.service) || left.number - right.number);
}

async function observeImages(
  client: EngineClient,
  project: Project,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const names = new Set([...project.services.values()].map((service) => imageName(project, service)));
  const found = await Promise.all(
    [...names].map(async (name) => [name, await imageId(client, name, signal)] as const),
  );
  return new Map(found.flatMap(([name, id]) => (id === undefined ? [] : [[name, id] as const])));
}

async function imageId(client: EngineClient, name: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    return (await client.images.inspect(name, signal)).Id;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

function observed(summary: ContainerSummary): ObservedContainer {
  const labels = summary.Labels ?? {};
  return {
    id: summary.Id,
    name: (summary.Names[0] ?? summary.Id).replace(/^\//, ""),
    service: labels[label.service] ?? "",
    number: Number(labels[label.number] ?? 0),
    oneOff: labels[label.oneOff]?.toLowerCase() === "true",
    status: summary.State,
    configHash: labels[label.configHash] ?? "",
    imageId: labels[label.image] || summary.ImageID,
    networks:
      summary.NetworkSettings === undefined ? undefined : Object.keys(summary.NetworkSettings.Networks ?? {}),
    mounts: (summary.Mounts ?? []).flatMap((mount) => {
      return mount.Type === "volume" && mount.Name !== undefined
        ? [{ name: mount.Name, target: mount.Destination }]
        : [];
    }),
    summary,
  };
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
