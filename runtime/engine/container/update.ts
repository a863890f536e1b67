import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Resources } from "../../api/types/container.ts";
import { EngineError } from "../error.ts";
import { updateContainer } from "../host/oci-runtime.ts";
import { run } from "../host/run.ts";
import type { ContainerBackend } from "../http/backend.ts";
import { findBlockDevices, resourceLimits } from "./resources.ts";
import { publishEvent, type Room, runtimeOf } from "./room.ts";
import { settleLimits } from "./settle-limits.ts";
import { validateResources, validateRestartPolicy } from "./validate.ts";

/** `POST /containers/{id}/update`: limits at once for a running container, restart policy and limits for the next run. */
export function createUpdate(room: Room): ContainerBackend["update"] {
  return async (name, change, signal) => {
    const record = room.table.get(name);
    const { RestartPolicy: policy, ...limits } = change;
    validateRestartPolicy(policy, record.document.hostConfig.AutoRemove === true);
    // As in Docker, zero means "leave it": but for the number of processes, where it means "no limit".
    const given = Object.fromEntries(
      Object.entries(limits).filter(
        ([key, value]) =>
          value !== undefined &&
          value !== null &&
          value !== "" &&
          value !== false &&
          (value !== 0 || key === "PidsLimit"),
      ),
    );
    for (const key of Object.keys(given)) {
      if (!updatable.includes(key)) {
        const value = given[key];
        if (Array.isArray(value) && value.length === 0) delete given[key];
        else
          throw new EngineError("not-implemented", `${key} of a container cannot be changed by this engine`);
      }
    }
    return await room.locks.run(record.id, async () => {
      record.refuseRemoved();
      const wish = {
        ...record.document.hostConfig,
        ...given,
        ...(policy?.Name ? { RestartPolicy: policy } : {}),
      };
      refuseSwapBelowMemory(record.document.hostConfig, given, wish);
      validateResources(wish);
      const { limits: settled, warnings } = settleLimits(wish, room.host);
      const hostConfig = { ...wish, ...settled };
      if (record.isRunning && Object.keys(given).length > 0) {
        const resources = resourceLimits(hostConfig, await findBlockDevices(hostConfig));
        const path = join(room.paths.runDirectory(record.id), "resources.json");
        await writeFile(path, JSON.stringify(resources), { mode: 0o600 });
        await run(updateContainer(runtimeOf(room, record.document), record.id, path), signal);
      }
      await record.update({ hostConfig });
      publishEvent(room, record, "update");
      return { Warnings: warnings };
    });
  };
}

/** Swap counts with memory: it cannot be left behind. */
function refuseSwapBelowMemory(before: Resources, given: Resources, wish: Resources): void {
  const { Memory = 0, MemorySwap = 0 } = wish;
  if (given.MemorySwap !== undefined || !before.MemorySwap || MemorySwap < 0 || Memory <= MemorySwap) return;
  throw new EngineError(
    "invalid-argument",
    "Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time",
  );
}

const updatable: readonly string[] = [
  "BlkioWeight",
  "CpuShares",
  "CpuPeriod",
  "CpuQuota",
  "CpusetCpus",
  "CpusetMems",
  "Memory",
  "MemoryReservation",
  "MemorySwap",
  "NanoCpus",
  "PidsLimit",
];
