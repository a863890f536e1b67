import type { ContainerConfig, ContainerCreateRequest, HealthConfig } from "../../api/types/container.ts";
import { EngineError } from "../error.ts";

/** What the container's process runs: the request over the image's configuration, as Docker merges them. */
export function mergeConfig(request: ContainerCreateRequest, image: ContainerConfig): ContainerConfig {
  const entrypoint = list(request.Entrypoint);
  const cmd = list(request.Cmd);
  // An entrypoint of the request's own drops the image's command. `[""]` clears the entrypoint.
  const clears = entrypoint?.length === 1 && entrypoint[0] === "";
  const ownEntrypoint = entrypoint !== undefined && entrypoint.length > 0;
  const merged: ContainerConfig = {
    Hostname: request.Hostname ?? "",
    Domainname: request.Domainname ?? "",
    User: request.User === undefined || request.User === "" ? (image.User ?? "") : request.User,
    AttachStdin: request.AttachStdin ?? false,
    AttachStdout: request.AttachStdout ?? false,
    AttachStderr: request.AttachStderr ?? false,
    ExposedPorts: { ...image.ExposedPorts, ...request.ExposedPorts },
    Tty: request.Tty ?? false,
    OpenStdin: request.OpenStdin ?? false,
    StdinOnce: request.StdinOnce ?? false,
    Env: mergeEnv(image.Env ?? [], request.Env ?? []),
    Cmd: cmd !== undefined && cmd.length > 0 ? cmd : ownEntrypoint ? [] : (list(image.Cmd) ?? []),
    Image: request.Image ?? "",
    Volumes: { ...image.Volumes, ...request.Volumes },
    WorkingDir: request.WorkingDir || image.WorkingDir || "",
    Entrypoint: clears ? null : ownEntrypoint ? entrypoint : (list(image.Entrypoint) ?? null),
    OnBuild: null,
    Labels: { ...image.Labels, ...request.Labels },
    StopSignal: request.StopSignal || image.StopSignal || "",
  };
  const healthcheck = mergeHealth(request.Healthcheck, image.Healthcheck);
  return {
    ...merged,
    ...(healthcheck === undefined ? {} : { Healthcheck: healthcheck }),
    ...(request.StopTimeout === undefined || request.StopTimeout === null
      ? {}
      : { StopTimeout: request.StopTimeout }),
    ...(request.NetworkDisabled === true ? { NetworkDisabled: true } : {}),
    ...(request.MacAddress ? { MacAddress: request.MacAddress } : {}),
    ...(image.Shell ? { Shell: image.Shell } : {}),
  };
}

/** Entrypoint and command in one; throws `invalid-argument` when there is nothing to run. */
export function processArguments(config: ContainerConfig): string[] {
  const args = [...(list(config.Entrypoint) ?? []), ...(list(config.Cmd) ?? [])];
  if (args.length === 0) throw new EngineError("invalid-argument", "no command specified");
  return args;
}

/** The API takes one string where it takes a list of one. */
function list(value: ContainerConfig["Cmd"]): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === "string" ? [value] : value;
}

/** `NAME=VALUE` entries; a later one replaces an earlier one in its place. An entry without `=` removes the name. */
export function mergeEnv(base: readonly string[], over: readonly string[]): string[] {
  const byName = new Map<string, string>();
  for (const entry of [...base, ...over]) {
    const equals = entry.indexOf("=");
    if (equals === 0 || entry === "")
      throw new EngineError("invalid-argument", `invalid environment variable: ${entry}`);
    if (equals < 0) byName.delete(entry);
    else byName.set(entry.slice(0, equals), entry);
  }
  return [...byName.values()];
}

function mergeHealth(
  own: HealthConfig | undefined,
  image: HealthConfig | undefined,
): HealthConfig | undefined {
  if (own === undefined || own === null) return image;
  if (image === undefined || image === null) return own;
  return {
    Test: own.Test !== undefined && own.Test !== null && own.Test.length > 0 ? own.Test : (image.Test ?? []),
    Interval: own.Interval || image.Interval || 0,
    Timeout: own.Timeout || image.Timeout || 0,
    StartPeriod: own.StartPeriod || image.StartPeriod || 0,
    StartInterval: own.StartInterval || image.StartInterval || 0,
    Retries: own.Retries || image.Retries || 0,
  };
}
