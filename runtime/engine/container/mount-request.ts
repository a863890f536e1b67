import { posix } from "node:path";
import type { HostConfig, Mount } from "../../api/types/container.ts";
import { EngineError } from "../error.ts";

/** A mount as asked for; sources are not looked at yet. */
export type MountRequest =
  | {
      readonly type: "bind";
      readonly source: string;
      readonly target: string;
      readonly readOnly: boolean;
      readonly mode: string;
      readonly propagation: string;
      readonly recursive: boolean;
      /** `-v` makes a missing source directory, `--mount` does not. */
      readonly createSource: boolean;
    }
  | {
      readonly type: "volume";
      /** Undefined: anonymous. */
      readonly name: string | undefined;
      readonly target: string;
      readonly readOnly: boolean;
      readonly mode: string;
      readonly copyUp: boolean;
      readonly driver?: string;
      readonly driverOpts?: Readonly<Record<string, string>>;
      readonly labels?: Readonly<Record<string, string>>;
      /** Relative path in the volume that is mounted instead of all of it. */
      readonly subpath?: string;
    }
  | {
      readonly type: "tmpfs";
      readonly target: string;
      readonly readOnly: boolean;
      readonly options: readonly string[];
    };

/** The mounts of a request in Docker's order; a later one at the same place replaces image volumes only. */
export function mountRequests(
  host: HostConfig,
  volumes: Readonly<Record<string, object>> | null | undefined,
): MountRequest[] {
  const explicit = [
    ...(host.Binds ?? []).map(parseBind),
    ...(host.Mounts ?? []).map(parseMount),
    ...Object.entries(host.Tmpfs ?? {}).map(
      ([target, options]): MountRequest => ({
        type: "tmpfs",
        target: parseTarget(target),
        readOnly: options.split(",").includes("ro"),
        options: parseTmpfsOptions(options),
      }),
    ),
  ];
  const taken = new Set<string>();
  for (const { target } of explicit) {
    if (taken.has(target)) throw new EngineError("invalid-argument", `Duplicate mount point: ${target}`);
    taken.add(target);
  }
  const fromImage = Object.keys(volumes ?? {})
    .map(parseTarget)
    .filter((target) => !taken.has(target))
    .map((target): MountRequest => anonymous(target));
  return [...explicit, ...fromImage];
}

function anonymous(target: string): MountRequest {
  return { type: "volume", name: undefined, target, readOnly: false, mode: "", copyUp: true };
}

/** `SOURCE:TARGET[:OPTIONS]`, or `TARGET` alone for an anonymous volume. */
export function parseBind(text: string): MountRequest {
  const parts = text.split(":");
  if (parts.length > 3 || parts.some((part) => part === "")) {
    throw new EngineError("invalid-argument", `invalid volume specification: '${text}'`);
  }
  const [first = "", second, third = ""] = parts;
  if (second === undefined) return anonymous(parseTarget(first));
  const target = parseTarget(second);
  const options = third === "" ? [] : third.split(",");
  const unknown = options.find((option) => !bindOptions.includes(option));
  if (unknown !== undefined) throw new EngineError("invalid-argument", `invalid mode: ${third}`);
  const readOnly = options.includes("ro");
  if (!first.startsWith("/")) {
    return {
      type: "volume",
      name: parseVolumeName(first),
      target,
      readOnly,
      mode: third === "" ? "z" : third,
      copyUp: !options.includes("nocopy"),
    };
  }
  return {
    type: "bind",
    source: posix.normalize(first),
    target,
    readOnly,
    mode: third,
    propagation: options.find((option) => propagations.includes(option)) ?? "rprivate",
    recursive: !options.includes("nonrecursive"),
    createSource: true,
  };
}

const propagations = ["private", "rprivate", "shared", "rshared", "slave", "rslave"];
const bindOptions = ["ro", "rw", "z", "Z", "nocopy", "cached", "consistent", "delegated", ...propagations];

function parseMount(mount: Mount): MountRequest {
  const refuse = (message: string): never => {
    throw new EngineError("invalid-argument", `invalid mount config for type "${mount.Type}": ${message}`);
  };
  if (!mount.Target) refuse("field Target must not be empty");
  const target = parseTarget(mount.Target);
  const readOnly = mount.ReadOnly ?? false;
  switch (mount.Type) {
    case "bind": {
      if (!mount.Source) refuse("field Source must not be empty");
      const source = mount.Source ?? "";
      if (!source.startsWith("/")) refuse(`mount path must be absolute: ${source}`);
      const propagation = mount.BindOptions?.Propagation || "rprivate";
      if (!propagations.includes(propagation)) refuse(`invalid propagation mode: ${propagation}`);
      if (mount.BindOptions?.ReadOnlyForceRecursive === true) {
        throw new EngineError(
          "not-implemented",
          "BindOptions.ReadOnlyForceRecursive is not supported by this engine",
        );
      }
      return {
        type: "bind",
        source: posix.normalize(source),
        target,
        readOnly,
        mode: "",
        propagation,
        recursive: mount.BindOptions?.NonRecursive !== true,
        createSource: mount.BindOptions?.CreateMountpoint === true,
      };
    }
    case "volume":
      return {
        type: "volume",
        name: mount.Source ? parseVolumeName(mount.Source) : undefined,
        target,
        readOnly,
        mode: "z",
        copyUp: mount.VolumeOptions?.NoCopy !== true && !mount.VolumeOptions?.Subpath,
        ...(mount.VolumeOptions?.Subpath ? { subpath: parseSubpath(mount.VolumeOptions.Subpath) } : {}),
        driver: mount.VolumeOptions?.DriverConfig?.Name || "local",
        driverOpts: mount.VolumeOptions?.DriverConfig?.Options ?? {},
        labels: mount.VolumeOptions?.Labels ?? {},
      };
    case "tmpfs": {
      if (mount.Source) refuse("field Source must not be specified");
      const { SizeBytes = 0, Mode = 0 } = mount.TmpfsOptions ?? {};
      const options = [
        ...(SizeBytes > 0 ? [`size=${SizeBytes}`] : []),
        ...(Mode > 0 ? [`mode=${Mode.toString(8)}`] : []),
      ];
      return { type: "tmpfs", target, readOnly, options };
    }
    default:
      throw new EngineError("not-implemented", `mount type "${mount.Type}" is not supported by this engine`);
  }
}

function parseTmpfsOptions(text: string): string[] {
  const options = text.split(",").filter((option) => option !== "" && option !== "ro" && option !== "rw");
  const known =
    /^(size=[0-9]+[kmg%]?|mode=[0-7]+|uid=[0-9]+|gid=[0-9]+|nr_inodes=[0-9]+[kmg]?|(no)?(exec|suid|dev|atime|diratime)|relatime|strictatime|(a)?sync)$/i;
  for (const option of options) {
    if (!known.test(option))
      throw new EngineError("invalid-argument", `invalid tmpfs option: ${JSON.stringify(option)}`);
  }
  return options;
}

function parseSubpath(text: string): string {
  if (text.startsWith("/") || text.includes("\0") || posix.normalize(text).startsWith("..")) {
    throw new EngineError(
      "invalid-argument",
      `invalid mount config for type "volume": subpath must be a relative path within the volume: ${text}`,
    );
  }
  return posix.normalize(text);
}

/** An absolute, clean path other than the root. */
function parseTarget(text: string): string {
  const target = posix.normalize(text).replace(/(.)\/+$/, "$1");
  if (!target.startsWith("/") || text.includes("\0")) {
    throw new EngineError("invalid-argument", `invalid mount path: '${text}' mount path must be absolute`);
  }
  if (target === "/") {
    throw new EngineError("invalid-argument", "invalid specification: destination can't be '/'");
  }
  return target;
}

const volumeName = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,199}$/;

/** Throws `invalid-argument` in Docker's words. */
export function parseVolumeName(text: string): string {
  if (!volumeName.test(text)) {
    throw new EngineError(
      "invalid-argument",
      `create ${text}: "${text}" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`,
    );
  }
  return text;
}
