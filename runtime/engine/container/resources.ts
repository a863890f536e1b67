import type { HostConfig, Resources, ThrottleDevice } from "../../api/types/container.ts";
import { EngineError } from "../error.ts";
import { readDevices } from "../host/devices.ts";
import type { OciDevice, OciDeviceRule, OciResources } from "./oci-spec.ts";

/** Numbers of the block devices that limits name by path. */
export type BlockDevices = ReadonlyMap<string, { readonly major: number; readonly minor: number }>;

const throttleKeys = {
  BlkioDeviceReadBps: "throttleReadBpsDevice",
  BlkioDeviceWriteBps: "throttleWriteBpsDevice",
  BlkioDeviceReadIOps: "throttleReadIOPSDevice",
  BlkioDeviceWriteIOps: "throttleWriteIOPSDevice",
} as const;

/** Looks the devices of I/O limits up. Throws `invalid-argument` for a path that is no block device. */
export async function findBlockDevices(limits: Resources): Promise<BlockDevices> {
  const named = [...(limits.BlkioWeightDevice ?? []), ...throttleNames.flatMap((key) => limits[key] ?? [])];
  const found = new Map<string, { major: number; minor: number }>();
  for (const { Path } of named) {
    if (found.has(Path)) continue;
    const [device, ...more] = await readDevices(Path, Path);
    if (device?.type !== "b" || more.length > 0) {
      throw new EngineError("invalid-argument", `cannot limit I/O of ${Path}: it is not a block device`);
    }
    found.set(Path, { major: device.major, minor: device.minor });
  }
  return found;
}

const throttleNames = Object.keys(throttleKeys) as (keyof typeof throttleKeys)[];

/** The cgroup limits of settled limits; device rules apart. `devices` has every path they name. */
export function resourceLimits(limits: Resources, devices: BlockDevices): OciResources {
  const swappiness = limits.MemorySwappiness ?? -1;
  const nano = limits.NanoCpus ?? 0;
  const quota = nano > 0 ? Math.round((nano * 100_000) / 1e9) : (limits.CpuQuota ?? 0);
  const period = nano > 0 ? 100_000 : (limits.CpuPeriod ?? 0);
  const memory = {
    ...(limits.Memory ? { limit: limits.Memory } : {}),
    ...(limits.MemoryReservation ? { reservation: limits.MemoryReservation } : {}),
    ...(limits.MemorySwap ? { swap: limits.MemorySwap } : {}),
    ...(swappiness >= 0 ? { swappiness } : {}),
    ...(limits.KernelMemoryTCP ? { kernelTCP: limits.KernelMemoryTCP } : {}),
    ...(limits.OomKillDisable === true ? { disableOOMKiller: true } : {}),
  };
  const cpu = {
    ...(limits.CpuShares ? { shares: limits.CpuShares } : {}),
    ...(quota !== 0 ? { quota } : {}),
    ...(period !== 0 ? { period } : {}),
    ...(limits.CpusetCpus ? { cpus: limits.CpusetCpus } : {}),
    ...(limits.CpusetMems ? { mems: limits.CpusetMems } : {}),
  };
  const pids = limits.PidsLimit ?? 0;
  const blockIO = blockLimits(limits, devices);
  return {
    ...(Object.keys(memory).length > 0 ? { memory } : {}),
    ...(Object.keys(cpu).length > 0 ? { cpu } : {}),
    ...(pids === 0 ? {} : { pids: { limit: pids < 0 ? -1 : pids } }),
    ...(Object.keys(blockIO).length > 0 ? { blockIO } : {}),
  };
}

function blockLimits(limits: Resources, devices: BlockDevices): NonNullable<OciResources["blockIO"]> {
  const numbers = (path: string) => devices.get(path) ?? { major: 0, minor: 0 };
  const throttle = (entries: readonly ThrottleDevice[]) =>
    entries.map(({ Path, Rate }) => ({ ...numbers(Path), rate: Rate }));
  const weights = limits.BlkioWeightDevice ?? [];
  return {
    ...(limits.BlkioWeight ? { weight: limits.BlkioWeight } : {}),
    ...(weights.length > 0
      ? { weightDevice: weights.map(({ Path, Weight }) => ({ ...numbers(Path), weight: Weight })) }
      : {}),
    ...Object.fromEntries(
      throttleNames
        .map((key) => [throttleKeys[key], throttle(limits[key] ?? [])] as const)
        .filter(([, entries]) => entries.length > 0),
    ),
  };
}

/** Docker's device rules: nothing but the well-known ones, mknod of anything, and what was asked for. */
export function deviceRules(
  host: HostConfig,
  devices: readonly (OciDevice & { readonly access: string })[],
): OciDeviceRule[] {
  if (host.Privileged === true) return [{ allow: true, access: "rwm" }];
  const character = (major: number, minor: number): OciDeviceRule => ({
    allow: true,
    type: "c",
    major,
    minor,
    access: "rwm",
  });
  return [
    { allow: false, access: "rwm" },
    { allow: true, type: "c", access: "m" },
    { allow: true, type: "b", access: "m" },
    character(1, 3),
    character(1, 5),
    character(1, 7),
    character(1, 8),
    character(1, 9),
    character(5, 0),
    character(5, 1),
    character(5, 2),
    { allow: true, type: "c", major: 136, access: "rwm" },
    ...devices.map(({ type, major, minor, access }) => ({ allow: true, type, major, minor, access })),
    ...(host.DeviceCgroupRules ?? []).map(parseDeviceRule),
  ];
}

/** `c 1:3 rwm`, with `*` for any number. Throws `invalid-argument`. */
export function parseDeviceRule(text: string): OciDeviceRule {
  const match = /^([acb]) ([0-9]+|\*):([0-9]+|\*) ([rwm]{1,3})$/.exec(text);
  if (match === null)
    throw new EngineError("invalid-argument", `invalid device cgroup rule format: '${text}'`);
  const [, type, major, minor, access] = match;
  return {
    allow: true,
    type: type as "a" | "c" | "b",
    ...(major === "*" ? {} : { major: Number(major) }),
    ...(minor === "*" ? {} : { minor: Number(minor) }),
    access: access ?? "rwm",
  };
}
