import type { HostConfig, Resources } from "../../api/types/container.ts";
import { EngineError } from "../error.ts";
import type { OciDevice, OciDeviceRule, OciResources } from "./oci-spec.ts";

/** What the kernel can limit. */
export interface LimitSupport {
  readonly hasSwapLimit: boolean;
  readonly hasBlkioWeight: boolean;
}

/** The cgroup limits of a request; device rules apart. What the kernel cannot limit is left out (create warned of it). */
export function resourceLimits(limits: Resources, support: LimitSupport): OciResources {
  const memory = limits.Memory ?? 0;
  // Docker's rule: no word on swap means as much swap as memory.
  const swap = limits.MemorySwap || (memory > 0 ? memory * 2 : 0);
  const swappiness = limits.MemorySwappiness ?? -1;
  const nano = limits.NanoCpus ?? 0;
  const quota = nano > 0 ? Math.round((nano * 100_000) / 1e9) : (limits.CpuQuota ?? 0);
  const period = nano > 0 ? 100_000 : (limits.CpuPeriod ?? 0);
  const memoryLimits = {
    ...(memory > 0 ? { limit: memory } : {}),
    ...(limits.MemoryReservation ? { reservation: limits.MemoryReservation } : {}),
    ...(swap !== 0 && support.hasSwapLimit ? { swap } : {}),
    ...(swappiness >= 0 ? { swappiness } : {}),
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
  return {
    ...(Object.keys(memoryLimits).length > 0 ? { memory: memoryLimits } : {}),
    ...(Object.keys(cpu).length > 0 ? { cpu } : {}),
    ...(pids === 0 ? {} : { pids: { limit: pids < 0 ? -1 : pids } }),
    ...(limits.BlkioWeight && support.hasBlkioWeight ? { blockIO: { weight: limits.BlkioWeight } } : {}),
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

/** `c 1:3 rwm`, with `*` for any number. */
function parseDeviceRule(text: string): OciDeviceRule {
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
