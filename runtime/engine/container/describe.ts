import type {
  ContainerInspect,
  ContainerState,
  ContainerSummary,
  MountPoint,
  Port,
  PortMap,
} from "../../api/types/container.ts";
import { type ContainerDocument, type ContainerMount, isRunning, type StateDocument } from "./document.ts";
import type { RoomPaths } from "./room.ts";
import { statusText } from "./status-text.ts";

/** `GET /containers/{id}/json` without sizes and execs. */
export function inspectContainer(document: ContainerDocument, paths: RoomPaths): ContainerInspect {
  const { id, args, state, config, hostConfig } = document;
  const [path = "", ...rest] = args;
  return {
    Id: id,
    Created: document.created,
    Path: path,
    Args: rest,
    State: describeState(state),
    Image: document.imageId,
    ResolvConfPath: paths.nameFile(id, "resolv.conf"),
    HostnamePath: paths.nameFile(id, "hostname"),
    HostsPath: paths.nameFile(id, "hosts"),
    LogPath: paths.logFile(id),
    Name: `/${document.name}`,
    RestartCount: document.restartCount,
    Driver: "overlay2",
    Platform: document.platform,
    MountLabel: "",
    ProcessLabel: "",
    AppArmorProfile: "",
    ExecIDs: null,
    HostConfig: hostConfig,
    GraphDriver: { Name: "overlay2", Data: null },
    Mounts: mountPoints(document.mounts),
    Config: config,
    NetworkSettings: document.networkSettings,
  };
}

function describeState(state: StateDocument): ContainerState {
  return {
    Status: state.status,
    // Docker shows a container that waits for its restart as running, too.
    Running: isRunning(state) || state.status === "restarting",
    Paused: state.status === "paused",
    Restarting: state.status === "restarting",
    OOMKilled: state.oomKilled,
    Dead: state.status === "dead",
    Pid: state.pid,
    ExitCode: state.exitCode,
    Error: state.error,
    StartedAt: state.startedAt,
    FinishedAt: state.finishedAt,
    ...(state.health === undefined ? {} : { Health: state.health }),
  };
}

/** One row of `GET /containers/json` without sizes. */
export function summarizeContainer(document: ContainerDocument, nowMs: number): ContainerSummary {
  const { id, name, config, hostConfig, state, networkSettings } = document;
  return {
    Id: id,
    Names: [`/${name}`],
    Image: config.Image ?? document.imageId,
    ImageID: document.imageId,
    Command: printCommand(document.args),
    Created: Math.floor(Date.parse(document.created) / 1000),
    Ports: isRunning(state) ? listPorts(networkSettings.Ports, Object.keys(config.ExposedPorts ?? {})) : [],
    Labels: config.Labels ?? {},
    State: state.status,
    Status: statusText(state, nowMs),
    HostConfig: { NetworkMode: hostConfig.NetworkMode ?? "bridge" },
    NetworkSettings: { Networks: networkSettings.Networks },
    Mounts: mountPoints(document.mounts),
  };
}

/** Arguments with blanks are quoted, as Docker shows them. */
function printCommand(args: readonly string[]): string {
  const [first = "", ...rest] = args;
  return [first, ...rest.map((arg) => (arg.includes(" ") ? `'${arg}'` : arg))].join(" ");
}

/** Published ports with each address, and exposed ones that are not published. */
export function listPorts(published: PortMap, exposed: readonly string[]): Port[] {
  const ports: Port[] = [];
  for (const key of new Set([...Object.keys(published), ...exposed])) {
    const [number = "0", type = "tcp"] = key.split("/");
    const PrivatePort = Number(number);
    const bindings = published[key] ?? [];
    if (bindings.length === 0) ports.push({ PrivatePort, Type: type });
    for (const { HostIp, HostPort } of bindings) {
      ports.push({ IP: HostIp || "0.0.0.0", PrivatePort, PublicPort: Number(HostPort), Type: type });
    }
  }
  return ports;
}

export function mountPoints(mounts: readonly ContainerMount[]): MountPoint[] {
  return mounts.map((mount) => ({
    Type: mount.type,
    ...(mount.name === undefined ? {} : { Name: mount.name }),
    Source: mount.source,
    Destination: mount.target,
    ...(mount.driver === undefined ? {} : { Driver: mount.driver }),
    Mode: mount.mode,
    RW: !mount.readOnly,
    Propagation: mount.propagation,
  }));
}
