import { cpus } from "node:os";
import type { Resources } from "../../api/types/container.ts";
import { EngineError } from "../error.ts";
import type { LimitSupport } from "../host/limit-support.ts";

/** Limits as this host will enforce them, and what was weakened on the way. */
export interface SettledLimits {
  readonly limits: Resources;
  readonly warnings: readonly string[];
}

interface Weakening {
  readonly wanted: (limits: Resources) => boolean;
  readonly supported: (support: LimitSupport) => boolean;
  readonly warning: string;
  readonly change: Resources;
}

const cannot = (what: string, consequence: string) =>
  `Your kernel does not support ${what} or the cgroup is not mounted. ${consequence}`;

/** Docker's rules and words: what the kernel cannot limit is taken out of the request, and the client is told. */
const weakenings: readonly Weakening[] = [
  {
    wanted: ({ Memory = 0, MemorySwap = 0 }) => Memory > 0 && MemorySwap !== -1,
    supported: ({ hasSwapLimit }) => hasSwapLimit,
    warning: cannot("swap limit capabilities", "Memory limited without swap."),
    change: { MemorySwap: 0 },
  },
  {
    wanted: ({ MemorySwappiness }) => (MemorySwappiness ?? -1) >= 0,
    supported: ({ hasSwappiness }) => hasSwappiness,
    warning: cannot("memory swappiness capabilities", "Memory swappiness discarded."),
    change: { MemorySwappiness: null },
  },
  {
    wanted: ({ OomKillDisable }) => OomKillDisable === true,
    supported: ({ hasOomKillDisable }) => hasOomKillDisable,
    warning: cannot("OomKillDisable", "OomKillDisable discarded."),
    change: { OomKillDisable: null },
  },
  {
    wanted: ({ KernelMemoryTCP = 0 }) => KernelMemoryTCP > 0,
    supported: ({ hasKernelTcpMemory }) => hasKernelTcpMemory,
    warning: cannot("kernel memory TCP limit capabilities", "Limitation discarded."),
    change: { KernelMemoryTCP: 0 },
  },
  {
    // Gone from the API since 1.42 and from kernels since 5.16; old clients still send it.
    wanted: ({ KernelMemory = 0 }) => KernelMemory > 0,
    supported: () => false,
    warning: "Kernel memory limits are not supported any more. Limitation discarded.",
    change: { KernelMemory: 0 },
  },
  {
    wanted: ({ PidsLimit }) => (PidsLimit ?? 0) > 0,
    supported: ({ hasPidsLimit }) => hasPidsLimit,
    warning: cannot("PIDs limit capabilities", "PIDs limit discarded."),
    change: { PidsLimit: null },
  },
  {
    wanted: ({ BlkioWeight = 0 }) => BlkioWeight > 0,
    supported: ({ hasBlkioWeight }) => hasBlkioWeight,
    warning: cannot("Block I/O weight", "Weight discarded."),
    change: { BlkioWeight: 0 },
  },
  {
    wanted: ({ BlkioWeightDevice }) => (BlkioWeightDevice?.length ?? 0) > 0,
    supported: ({ hasBlkioWeight }) => hasBlkioWeight,
    warning: cannot("Block I/O weight_device", "Weight-device discarded."),
    change: { BlkioWeightDevice: [] },
  },
  ...(
    [
      ["BlkioDeviceReadBps", "BPS Block I/O read limit"],
      ["BlkioDeviceWriteBps", "BPS Block I/O write limit"],
      ["BlkioDeviceReadIOps", "IOPS Block read limit"],
      ["BlkioDeviceWriteIOps", "IOPS Block write limit"],
    ] as const
  ).map(
    ([key, what]): Weakening => ({
      wanted: (limits) => (limits[key]?.length ?? 0) > 0,
      supported: ({ hasBlkioThrottle }) => hasBlkioThrottle,
      warning: cannot(what, `Block I/O ${key.replace(/^BlkioDevice/, "")} limit discarded.`),
      change: { [key]: [] },
    }),
  ),
];

/**
 * Fits limits to the host: defaults that depend on others are filled in (as much swap as memory), what the kernel cannot
 * limit is taken out with a warning. Throws `invalid-argument` for processors or memory nodes that are not there.
 */
export function settleLimits(wish: Resources, support: LimitSupport): SettledLimits {
  checkProcessors(wish, support);
  let limits: Resources = wish;
  const warnings: string[] = [];
  for (const { wanted, supported, warning, change } of weakenings) {
    if (!wanted(limits) || supported(support)) continue;
    warnings.push(warning);
    limits = { ...limits, ...change };
  }
  const { Memory = 0, MemorySwap = 0 } = limits;
  // Where swap is not counted, none and all of it are the same.
  if (!support.hasSwapLimit) limits = { ...limits, MemorySwap: 0 };
  else if (Memory > 0 && MemorySwap === 0) limits = { ...limits, MemorySwap: Memory * 2 };
  return { limits, warnings };
}

function checkProcessors(limits: Resources, support: LimitSupport): void {
  const available = cpus().length;
  if ((limits.NanoCpus ?? 0) > available * 1e9) {
    throw new EngineError(
      "invalid-argument",
      `range of CPUs is from 0.01 to ${available}.00, as there are only ${available} CPUs available`,
    );
  }
  for (const [what, wanted, there] of [
    ["CPUs", limits.CpusetCpus, support.cpus],
    ["memory nodes", limits.CpusetMems, support.memoryNodes],
  ] as const) {
    if (!wanted || there === "") continue;
    const present = parseCpuList(there);
    if ([...parseCpuList(wanted)].every((number) => present.has(number))) continue;
    throw new EngineError(
      "invalid-argument",
      `Requested ${what} are not available - requested ${wanted}, available: ${there}`,
    );
  }
}

/** `0-2,7`; a range ends at 8191, beyond what any kernel has. */
export function parseCpuList(text: string): ReadonlySet<number> {
  const numbers = new Set<number>();
  for (const part of text.split(",")) {
    const [first = 0, last = first] = part.split("-").map(Number);
    for (let number = first; number <= Math.min(last, 8191); number++) numbers.add(number);
    if (last > 8191) numbers.add(last);
  }
  return numbers;
}
