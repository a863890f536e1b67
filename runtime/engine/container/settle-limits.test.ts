import assert from "node:assert/strict";
import { cpus } from "node:os";
import { test } from "node:test";
import type { Resources } from "../../api/types/container.ts";
import type { LimitSupport } from "../host/limit-support.ts";
import { parseCpuList, settleLimits } from "./settle-limits.ts";

const all: LimitSupport = {
  hasSwapLimit: true,
  hasSwappiness: true,
  hasOomKillDisable: true,
  hasKernelTcpMemory: true,
  hasBlkioWeight: true,
  hasBlkioThrottle: true,
  hasPidsLimit: true,
  cpus: "0-1",
  memoryNodes: "0",
};
const none: LimitSupport = {
  hasSwapLimit: false,
  hasSwappiness: false,
  hasOomKillDisable: false,
  hasKernelTcpMemory: false,
  hasBlkioWeight: false,
  hasBlkioThrottle: false,
  hasPidsLimit: false,
  cpus: "",
  memoryNodes: "",
};
const MiB = 1024 * 1024;

test("a host that can limit everything changes nothing but the swap that goes with memory", () => {
  const wish: Resources = { OomKillDisable: true, MemorySwappiness: 0, PidsLimit: 5, BlkioWeight: 100 };
  assert.deepEqual(settleLimits(wish, all), { limits: wish, warnings: [] });
  const swapOf = (limits: Resources, support = all) => settleLimits(limits, support).limits.MemorySwap;
  assert.equal(swapOf({ Memory: 64 * MiB }), 128 * MiB);
  assert.equal(swapOf({ Memory: 64 * MiB, MemorySwap: 64 * MiB }), 64 * MiB);
  assert.equal(swapOf({ Memory: 64 * MiB, MemorySwap: -1 }), -1);
  assert.equal(swapOf({ Memory: 64 * MiB, MemorySwap: -1 }, none), 0);
});

test("what the kernel cannot limit is taken out, and each time the client is told", () => {
  const throttle = [{ Path: "/dev/sda", Rate: 1 }];
  const wish: Resources = {
    Memory: 64 * MiB,
    MemorySwappiness: 10,
    OomKillDisable: true,
    KernelMemory: MiB,
    KernelMemoryTCP: MiB,
    PidsLimit: 5,
    BlkioWeight: 100,
    BlkioWeightDevice: [{ Path: "/dev/sda", Weight: 100 }],
    BlkioDeviceReadBps: throttle,
    BlkioDeviceWriteBps: throttle,
    BlkioDeviceReadIOps: throttle,
    BlkioDeviceWriteIOps: throttle,
  };
  const { limits, warnings } = settleLimits(wish, none);
  assert.equal(warnings.length, Object.keys(wish).length, warnings.join("\n"));
  const { Memory, ...rest } = limits;
  assert.equal(Memory, 64 * MiB);
  for (const [key, value] of Object.entries(rest)) {
    assert.ok(value === null || value === 0 || (Array.isArray(value) && value.length === 0), key);
  }
});

test("processors and memory nodes that are not there are refused", () => {
  const refuse = (limits: Resources, message: RegExp) =>
    assert.throws(() => settleLimits(limits, all), message);
  refuse({ CpusetCpus: "0-2" }, /Requested CPUs are not available - requested 0-2, available: 0-1/);
  refuse({ CpusetMems: "1" }, /Requested memory nodes are not available/);
  refuse({ CpusetCpus: "0-99999999999" }, /not available/);
  refuse({ NanoCpus: (cpus().length + 1) * 1e9 }, /range of CPUs is from 0\.01/);
  assert.deepEqual(settleLimits({ CpusetCpus: "1,0" }, all).warnings, []);
  assert.deepEqual([...parseCpuList("0-2,7")], [0, 1, 2, 7]);
});
