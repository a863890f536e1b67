import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EngineError } from "../error.ts";
import { updateContainer } from "../host/oci-runtime.ts";
import { run } from "../host/run.ts";
import type { ContainerBackend } from "../http/backend.ts";
import { resourceLimits } from "./resources.ts";
import { publishEvent, type Room } from "./room.ts";
import { validateResources, validateRestartPolicy } from "./validate.ts";

/** `POST /containers/{id}/update`: limits at once for a running container, restart policy and limits for the next run. */
export function createUpdate(room: Room): ContainerBackend["update"] {
  return async (name, change, signal) => {
    const record = room.table.get(name);
    const { RestartPolicy: policy, ...limits } = change;
    validateRestartPolicy(policy, record.document.hostConfig.AutoRemove === true);
    const given = Object.fromEntries(
      Object.entries(limits).filter(
        ([, value]) => value !== undefined && value !== null && value !== 0 && value !== "",
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
    await room.locks.run(record.id, async () => {
      record.refuseRemoved();
      const hostConfig = {
        ...record.document.hostConfig,
        ...given,
        ...(policy?.Name ? { RestartPolicy: policy } : {}),
      };
      validateResources(hostConfig);
      if (record.isRunning && Object.keys(given).length > 0) {
        const resources = resourceLimits(hostConfig, room.host);
        const path = join(room.paths.runDirectory(record.id), "resources.json");
        await writeFile(path, JSON.stringify(resources), { mode: 0o600 });
        await run(updateContainer(room.runtime, record.id, path), signal);
      }
      await record.update({ hostConfig });
      publishEvent(room, record, "update");
    });
    return { Warnings: [] };
  };
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
