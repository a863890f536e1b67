import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { EngineError } from "../error.ts";
import { mountFileSystem, readMounts, unmountTarget } from "../host/mount.ts";
import { run } from "../host/run.ts";
import { shmOptions } from "./bundle.ts";
import type { ContainerDocument } from "./document.ts";
import type { Room } from "./room.ts";

/**
 * The `/dev/shm` that a container has in common with others; undefined for one of its own. A shareable one stands on the
 * host as long as its container runs: what is mounted inside of a container's namespace cannot be bound elsewhere.
 * Throws `conflict` when the container to join shares nothing.
 */
export async function prepareSharedMemory(
  room: Room,
  document: ContainerDocument,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { IpcMode = "private" } = document.hostConfig;
  if (IpcMode !== "shareable") return sharedMemoryOf(room, document);
  const target = sharedMemoryPath(room, document.id);
  await mkdir(target, { mode: 0o700 });
  const options = ["nosuid", "noexec", "nodev", ...shmOptions(document.hostConfig)];
  await run(mountFileSystem({ type: "tmpfs", device: "shm", options, target }), signal);
  return target;
}

/** Does nothing when nothing is mounted; those that joined keep what they have. */
export async function releaseSharedMemory(room: Room, id: string): Promise<void> {
  const target = sharedMemoryPath(room, id);
  if (!(await readMounts()).some((mount) => mount.target === target)) return;
  await run(unmountTarget(target, "lazy"), AbortSignal.timeout(30_000));
}

function sharedMemoryPath(room: Room, id: string): string {
  return join(room.paths.runDirectory(id), "shm");
}

function sharedMemoryOf(room: Room, { id, hostConfig }: ContainerDocument): string | undefined {
  const { IpcMode = "private" } = hostConfig;
  if (IpcMode === "host") return "/dev/shm";
  if (IpcMode === "shareable") return sharedMemoryPath(room, id);
  if (!IpcMode.startsWith("container:")) return undefined;
  const donor = room.table.find(IpcMode.slice("container:".length))?.document;
  const path = donor === undefined ? undefined : sharedMemoryOf(room, donor);
  if (path !== undefined) return path;
  throw new EngineError(
    "conflict",
    `cannot join IPC of ${IpcMode}: non-shareable IPC (hint: use IpcMode:shareable for the donor container)`,
  );
}
