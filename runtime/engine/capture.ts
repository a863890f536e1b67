import type { ContainerConfig } from "../api/types/container.ts";
import type { BuildImages, LayerRef } from "./build/ports.ts";
import type { CaptureBackend, CommitRequest, ContainerBackend } from "./http/backend.ts";
import type { FileChange } from "./snapshot/changes.ts";

export interface CaptureOptions {
  readonly containers: ContainerBackend;
  readonly images: BuildImages;
  /** What the container's writable layer changes, kept while `use` runs. */
  readonly withDifference: <T>(
    containerId: string,
    use: (layer: LayerRef | undefined) => Promise<T>,
    signal: AbortSignal,
  ) => Promise<T>;
  readonly changesOf: (containerId: string, signal: AbortSignal) => Promise<readonly FileChange[]>;
  readonly exportTree: (containerId: string, signal: AbortSignal) => AsyncIterable<Uint8Array>;
  readonly applyChanges: (config: ContainerConfig, changes: readonly string[]) => ContainerConfig;
}

/** Takes containers' file systems as images, lists and archives: stands between the rooms that know containers, layers and images. */
export function createCaptures(options: CaptureOptions): CaptureBackend {
  const { containers, images, withDifference, applyChanges } = options;
  const idOf = async (name: string) => (await containers.inspect(name, { size: false })).Id;
  return {
    changes: async (name, signal) => await options.changesOf(await idOf(name), signal),
    exportTree: async (name, signal) => options.exportTree(await idOf(name), signal),
    commit: async (request, signal) => {
      const container = await containers.inspect(request.container, { size: false });
      const config = applyChanges(configOf(container.Config, request.config), request.changes);
      const base = await images.resolve(container.Image);
      const { Running, Paused } = container.State;
      const mustPause = request.pause && Running && !Paused;
      if (mustPause) await containers.pause(container.Id, signal);
      try {
        const store = async (layer: LayerRef | undefined) => {
          const document = imageDocument(request, config, base, layer);
          const image = { base, layers: layer === undefined ? [] : [layer], config: document };
          return await images.commit(image, tagsOf(request));
        };
        return await withDifference(container.Id, store, signal);
      } finally {
        // A signal that ended the commit must not leave the container frozen.
        if (mustPause) await containers.unpause(container.Id, AbortSignal.timeout(30_000));
      }
    },
  };
}

function tagsOf({ repository, tag }: CommitRequest): readonly string[] {
  if (repository === "") return [];
  return [tag === "" ? repository : `${repository}:${tag}`];
}

/** The container's own configuration without what is one container's alone. */
function configOf(own: ContainerConfig, overrides: ContainerConfig): ContainerConfig {
  const { Hostname: _hostname, Domainname: _domain, ...rest } = own;
  return { ...rest, AttachStdin: false, AttachStdout: false, AttachStderr: false, ...overrides };
}

function imageDocument(
  request: CommitRequest,
  config: ContainerConfig,
  base: { readonly architecture: string; readonly os: string; readonly variant?: string },
  layer: LayerRef | undefined,
) {
  const created = new Date().toISOString();
  const { architecture, os, variant } = base;
  const entry = {
    created,
    created_by: [config.Cmd ?? []].flat().join(" "),
    ...(request.author === "" ? {} : { author: request.author }),
    ...(request.comment === "" ? {} : { comment: request.comment }),
    ...(layer === undefined ? { empty_layer: true } : {}),
  };
  return {
    created,
    ...(request.author === "" ? {} : { author: request.author }),
    ...{ architecture, os },
    ...(variant === undefined ? {} : { variant }),
    config,
    history: [entry],
  };
}
