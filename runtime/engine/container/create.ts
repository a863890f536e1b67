import { randomBytes } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import type {
  ContainerCreateRequest,
  ContainerCreateResponse,
  HostConfig,
} from "../../api/types/container.ts";
import type { EndpointSettings } from "../../api/types/network.ts";
import { EngineError } from "../error.ts";
import type { ResolvedImage } from "../image/resolved.ts";
import { type ContainerDocument, emptyNetworkSettings, never } from "./document.ts";
import { mergeConfig, processArguments } from "./merge-config.ts";
import { copyImageContent, prepareMounts } from "./mounts.ts";
import { proposeName } from "./random-name.ts";
import { findBlockDevices } from "./resources.ts";
import { publishEvent, type Room } from "./room.ts";
import { sandboxRequest } from "./sandbox-request.ts";
import { settleLimits } from "./settle-limits.ts";
import { parseContainerName, validateRequest } from "./validate.ts";

/** `POST /containers/create`: checks everything that can be checked now, and writes the container down. */
export async function createContainer(
  room: Room,
  wantedName: string | undefined,
  request: ContainerCreateRequest,
  platform: string | undefined,
  signal: AbortSignal,
): Promise<ContainerCreateResponse> {
  validateRequest(request);
  const name =
    wantedName === undefined || wantedName === ""
      ? proposeName((candidate) => room.table.isNameFree(candidate))
      : parseContainerName(wantedName);
  const id = randomBytes(32).toString("hex");
  const claim = room.table.claim(name, id);
  const undo: (() => Promise<unknown>)[] = [];
  try {
    if (!request.Image) throw new EngineError("invalid-argument", "no image was named");
    const image = await resolveImage(room, request.Image, platform);
    const config = mergeConfig(request, image.config);
    const wish = documentDraft(id, name, request, image, config);
    const { hostConfig, warnings } = fitToHost(room, wish.hostConfig);
    const Runtime = chosenRuntime(room, hostConfig.Runtime);
    const draft = { ...wish, hostConfig: { ...hostConfig, Runtime } };
    await findBlockDevices(draft.hostConfig);
    const networkSettings = await room.networks.plan(sandboxRequest(draft));

    await mkdir(room.paths.directory(id), { recursive: true, mode: 0o710 });
    undo.push(() => rm(room.paths.directory(id), { recursive: true, force: true }));
    // The log is there from the start, so that a reader may wait for what comes.
    await writeFile(room.paths.logFile(id), "", { mode: 0o640 });
    await room.rootfs.prepare(id, image.chainId);
    undo.push(() => room.rootfs.remove(id));
    const prepared = await prepareMounts(room, id, request, config.Volumes ?? {});
    undo.push(prepared.release);
    await copyImageContent(room, id, prepared.copyUps, signal);
    signal.throwIfAborted();

    const record = await room.table.add({ ...draft, networkSettings, mounts: prepared.mounts });
    room.log.info("container created", { id, name, image: request.Image });
    publishEvent(room, record, "create");
    return { Id: id, Warnings: warnings };
  } catch (error) {
    for (const step of undo.reverse()) {
      await step().catch((failure) => room.log.error("undoing a create failed", { id, error: failure }));
    }
    throw error;
  } finally {
    claim.release();
  }
}

async function resolveImage(
  room: Room,
  reference: string,
  platform: string | undefined,
): Promise<ResolvedImage> {
  const image = await room.images.resolve(reference);
  if (platform === undefined || platform === "") return image;
  const [os, architecture] = platform.split("/");
  if (os !== image.os || (architecture !== undefined && architecture !== image.architecture)) {
    throw new EngineError(
      "not-found",
      `image with reference ${reference} was found but does not provide the specified platform (${platform})`,
    );
  }
  return image;
}

function documentDraft(
  id: string,
  name: string,
  request: ContainerCreateRequest,
  image: ResolvedImage,
  config: ContainerDocument["config"],
): ContainerDocument {
  const host = request.HostConfig ?? {};
  const endpoints: Record<string, EndpointSettings> = {};
  for (const [network, settings] of Object.entries(request.NetworkingConfig?.EndpointsConfig ?? {})) {
    Object.defineProperty(endpoints, network, { value: settings ?? {}, enumerable: true });
  }
  if (request.MacAddress) {
    // The old, container-wide spelling: it is the first network's.
    const primary = host.NetworkMode || "default";
    if (/^(host|none|container:.*)$/.test(primary)) {
      throw new EngineError("invalid-argument", "conflicting options: mac-address and the network mode");
    }
    const name = primary === "default" ? "bridge" : primary;
    endpoints[name] = { ...endpoints[name], MacAddress: request.MacAddress };
  }
  const hostConfig: HostConfig = {
    ...host,
    NetworkMode: !host.NetworkMode || host.NetworkMode === "default" ? "bridge" : host.NetworkMode,
    RestartPolicy: {
      Name: host.RestartPolicy?.Name || "no",
      MaximumRetryCount: host.RestartPolicy?.MaximumRetryCount ?? 0,
    },
    AutoRemove: host.AutoRemove ?? false,
    IpcMode: host.IpcMode || "private",
    ShmSize: host.ShmSize || 64 * 1024 * 1024,
    LogConfig: { Type: host.LogConfig?.Type || "json-file", Config: host.LogConfig?.Config ?? {} },
  };
  const short = id.slice(0, 12);
  return {
    id,
    name,
    created: new Date().toISOString(),
    imageId: image.id,
    chainId: image.chainId,
    platform: image.os,
    config: { ...config, Hostname: config.Hostname || (hostConfig.NetworkMode === "host" ? "" : short) },
    hostConfig,
    args: processArguments(config),
    mounts: [],
    endpoints,
    networkSettings: emptyNetworkSettings,
    state: {
      status: "created",
      pid: 0,
      exitCode: 0,
      error: "",
      oomKilled: false,
      startedAt: never,
      finishedAt: never,
    },
    restartCount: 0,
    stoppedByUser: false,
  };
}

/** What this host cannot give: an error when it was asked for, a warning when something weaker is given. */
function fitToHost(room: Room, host: HostConfig): { hostConfig: HostConfig; warnings: readonly string[] } {
  const { limits, warnings } = settleLimits(host, room.host);
  const lowered = (host.Ulimits ?? []).flatMap((limit) => {
    const ceiling = room.bundleHost.rlimitCeilings[limit.Name];
    if (ceiling === undefined || (limit.Hard >= 0 && limit.Hard <= ceiling)) return [];
    return `ulimit ${limit.Name}: the engine may not raise it above ${ceiling} on this host; ${ceiling} is used.`;
  });
  return { hostConfig: { ...host, ...limits }, warnings: [...warnings, ...lowered] };
}

/** The name of the runtime that `asked` means. Throws `invalid-argument` for one that is not installed. */
function chosenRuntime(room: Room, asked: string | undefined): string {
  if (!asked) return room.host.runtime.name;
  const name = asked === "io.containerd.runc.v2" ? "runc" : asked;
  if (room.runtimes.has(name)) return name;
  const installed = [...room.runtimes.keys()].join(", ");
  throw new EngineError(
    "invalid-argument",
    `unknown or invalid runtime name: ${asked} (this host has ${installed})`,
  );
}
