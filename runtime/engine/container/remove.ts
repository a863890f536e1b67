import { rm } from "node:fs/promises";
import { removeEmptyCgroup } from "../host/cgroup.ts";
import type { ContainerRecord } from "./record.ts";
import { publishEvent, type Room } from "./room.ts";
import { hasRunDirectory, takeDown } from "./run-end.ts";

/**
 * Removes a container that does not run: run leftovers, volumes' users, snapshot, files, and last its document, so that an
 * interrupted removal goes on at the next start. The caller holds the lock.
 */
export async function removeContainer(
  room: Room,
  record: ContainerRecord,
  options: { readonly removeVolumes: boolean },
): Promise<void> {
  const { id } = record;
  const { mounts } = record.document;
  await record.updateState({ status: "removing" });
  try {
    if (await hasRunDirectory(room, id)) await takeDown(room, record);
    for (const mount of mounts) {
      if (mount.type !== "volume" || mount.name === undefined) continue;
      await room.volumes.release(mount.name, id, { removeAnonymous: options.removeVolumes });
    }
    await room.rootfs.remove(id);
    await rm(room.paths.directory(id), { recursive: true, force: true });
  } catch (error) {
    await record.updateState({
      status: "dead",
      error: error instanceof Error ? error.message : String(error),
    });
    throw error;
  }
  await room.table.remove(record);
  room.log.info("container removed", { id, name: record.document.name });
  publishEvent(room, record, "destroy");
  record.announceRemoval();
  if (room.table.all().length === 0) await removeEmptyCgroup(`berth-${room.instance}`);
}
