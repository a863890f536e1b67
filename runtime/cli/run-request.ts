import type { ContainerCreateRequest, HostConfig, PortBinding } from "../api/types/container.ts";
import { parsePortText } from "../model/compose/ports.ts";
import { parseCpuNano, parseSizeBytes } from "../model/compose/quantities.ts";
import { type FlagValues, list, number, onOff, text, UsageError } from "./command-line.ts";

/** What `run` and `create` have in common. */
export const containerFlags = {
  "add-host": list("HOST:IP", "Add a host-to-IP mapping"),
  "cap-add": list("CAPABILITY", "Add a Linux capability"),
  "cap-drop": list("CAPABILITY", "Drop a Linux capability"),
  cpus: text("NUMBER", "Number of CPUs"),
  dns: list("IP", "Set a DNS server"),
  entrypoint: text("COMMAND", "Overwrite the image's entrypoint"),
  env: list("NAME[=VALUE]", "Set an environment variable", "e"),
  "env-file": list("FILE", "Read environment variables from a file"),
  expose: list("PORT", "Expose a port"),
  hostname: text("NAME", "Host name of the container", "h"),
  init: onOff("Run an init inside the container that forwards signals and reaps processes"),
  interactive: onOff("Keep standard input open", "i"),
  label: list("NAME[=VALUE]", "Set a label", "l"),
  memory: text("BYTES", "Memory limit", "m"),
  name: text("NAME", "Name of the container"),
  network: text("NETWORK", "Connect to a network"),
  "network-alias": list("NAME", "Another name for the container on its network"),
  platform: text("PLATFORM", "Platform of the image"),
  privileged: onOff("Give extended privileges"),
  publish: list("PORT", "Publish a port: [[IP:]HOST:]CONTAINER[/PROTOCOL]", "p"),
  "publish-all": onOff("Publish all exposed ports to random ports", "P"),
  "read-only": onOff("Mount the root file system read-only"),
  restart: text("POLICY", "no, always, unless-stopped or on-failure[:MAX]"),
  rm: onOff("Remove the container when it exits"),
  "shm-size": text("BYTES", "Size of /dev/shm"),
  "stop-signal": text("SIGNAL", "Signal that stops the container"),
  "stop-timeout": number("SECONDS", "Time to stop before it is killed"),
  tmpfs: list("PATH[:OPTIONS]", "Mount a tmpfs"),
  tty: onOff("Allocate a terminal", "t"),
  ulimit: list("NAME=SOFT[:HARD]", "Set a limit"),
  user: text("USER", "User or UID, and group: NAME|UID[:GROUP|GID]", "u"),
  volume: list("VOLUME", "Bind mount a volume: [SOURCE:]TARGET[:OPTIONS]", "v"),
  workdir: text("DIRECTORY", "Working directory inside the container", "w"),
} as const;

export type ContainerFlags = FlagValues<typeof containerFlags>;

export interface RequestSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute path of what `-v ./x:/y` means. */
  readonly resolvePath: (path: string) => string;
  /** Lines of the files of `--env-file`. */
  readonly envFileLines: readonly string[];
  readonly attachesOutput: boolean;
}

/** The create request for a command line. Throws `UsageError`. */
export function containerRequest(
  flags: ContainerFlags,
  [image = "", ...command]: readonly string[],
  surroundings: RequestSurroundings,
): ContainerCreateRequest {
  const { exposed, bindings } = ports(flags.publish, flags.expose);
  const network = flags.network ?? "default";
  const attachesInput = flags.interactive && surroundings.attachesOutput;
  const volumes = flags.volume.map((volume) => parseVolume(volume, surroundings));
  return {
    Hostname: flags.hostname,
    User: flags.user,
    AttachStdin: attachesInput,
    AttachStdout: surroundings.attachesOutput,
    AttachStderr: surroundings.attachesOutput,
    ExposedPorts: exposed,
    Tty: flags.tty,
    OpenStdin: flags.interactive,
    StdinOnce: attachesInput,
    Env: environment([...surroundings.envFileLines, ...flags.env], surroundings.env),
    Cmd: command.length === 0 ? undefined : command,
    Image: image,
    Volumes: Object.fromEntries(
      volumes.filter(({ bind }) => bind === undefined).map(({ target }) => [target, {}]),
    ),
    WorkingDir: flags.workdir,
    Entrypoint: flags.entrypoint === undefined ? undefined : entrypoint(flags.entrypoint),
    Labels: pairs(flags.label),
    StopSignal: flags["stop-signal"],
    StopTimeout: flags["stop-timeout"],
    HostConfig: {
      Binds: volumes.flatMap(({ bind }) => bind ?? []),
      NetworkMode: network,
      PortBindings: bindings,
      PublishAllPorts: flags["publish-all"],
      RestartPolicy: restartPolicy(flags.restart),
      AutoRemove: flags.rm,
      Init: flags.init || undefined,
      Privileged: flags.privileged,
      ReadonlyRootfs: flags["read-only"],
      CapAdd: flags["cap-add"],
      CapDrop: flags["cap-drop"],
      Dns: flags.dns,
      ExtraHosts: flags["add-host"],
      Tmpfs: Object.fromEntries(flags.tmpfs.map((each) => cut(each, ":"))),
      Memory: bytes("memory", flags.memory),
      ShmSize: bytes("shm-size", flags["shm-size"]),
      NanoCpus: cpus(flags.cpus),
      Ulimits: flags.ulimit.map(ulimit),
    },
    NetworkingConfig:
      flags["network-alias"].length === 0
        ? undefined
        : { EndpointsConfig: { [network]: { Aliases: flags["network-alias"] } } },
  };
}

function ports(publish: readonly string[], expose: readonly string[]) {
  const exposed: Record<string, object> = {};
  const bindings: Record<string, PortBinding[]> = {};
  for (const each of expose) exposed[each.includes("/") ? each : `${each}/tcp`] = {};
  for (const each of publish) {
    const parsed = parsePortText(each);
    if (typeof parsed === "string")
      throw new UsageError(`invalid argument "${each}" for -p, --publish: ${parsed}`);
    for (const { hostIp, published, target, protocol } of parsed) {
      const key = `${target}/${protocol}`;
      exposed[key] = {};
      bindings[key] ??= [];
      bindings[key].push({ HostIp: hostIp ?? "", HostPort: published ?? "" });
    }
  }
  return { exposed, bindings };
}

function parseVolume(volume: string, { resolvePath }: RequestSurroundings) {
  const [first = "", target, ...options] = volume.split(":");
  if (target === undefined) return { target: first, bind: undefined };
  if (!target.startsWith("/")) {
    throw new UsageError(`invalid volume specification: '${volume}': the target must be an absolute path`);
  }
  const isPath = /^[./~]/.test(first);
  return { target, bind: [isPath ? resolvePath(first) : first, target, ...options].join(":") };
}

/** `NAME` alone takes the value around us, and nothing when there is none. */
export function environment(
  texts: readonly string[],
  around: Readonly<Record<string, string | undefined>>,
): string[] {
  return texts.flatMap((each) => {
    if (each.includes("=")) return [each];
    const value = around[each];
    return value === undefined ? [] : [`${each}=${value}`];
  });
}

/** `NAME=VALUE` texts as an object; `NAME` alone is empty. */
export function pairs(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(texts.map((each) => cut(each, "=")));
}

function cut(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

/** As in docker the whole text is one program; an empty one takes the image's entrypoint away. */
function entrypoint(text: string): readonly string[] {
  return [text];
}

function restartPolicy(text: string | undefined): HostConfig["RestartPolicy"] {
  if (text === undefined) return { Name: "no" };
  const [, name, count] = /^(no|always|unless-stopped|on-failure)(?::(\d+))?$/.exec(text) ?? [];
  if (name === undefined || (count !== undefined && name !== "on-failure")) {
    throw new UsageError(
      `invalid restart policy '${text}': use no, always, unless-stopped or on-failure[:MAX]`,
    );
  }
  return {
    Name: name as "no" | "always" | "unless-stopped" | "on-failure",
    MaximumRetryCount: Number(count ?? 0),
  };
}

function bytes(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const parsed = parseSizeBytes(text);
  if (parsed === undefined) throw new UsageError(`invalid argument "${text}" for --${flag}: not a size`);
  return parsed;
}

function cpus(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const parsed = parseCpuNano(text);
  if (parsed === undefined) throw new UsageError(`invalid argument "${text}" for --cpus: not a number`);
  return parsed;
}

function ulimit(text: string) {
  const [, name, soft, hard] = /^(\w+)=(-?\d+)(?::(-?\d+))?$/.exec(text) ?? [];
  if (name === undefined || soft === undefined) {
    throw new UsageError(`invalid ulimit argument: ${text}: use NAME=SOFT[:HARD]`);
  }
  return { Name: name, Soft: Number(soft), Hard: Number(hard ?? soft) };
}
