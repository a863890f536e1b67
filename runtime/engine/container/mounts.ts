import { mkdir, stat } from "node:fs/promises";
import type { ContainerCreateRequest } from "../../api/types/container.ts";
import { EngineError } from "../error.ts";
import { copyTree } from "../host/copy-tree.ts";
import { descriptorPath, openInRoot } from "../host/in-root.ts";
import { run } from "../host/run.ts";
import type { ContainerMount } from "./document.ts";
import { type MountRequest, mountRequests } from "./mount-request.ts";
import type { AcquiredVolume } from "./ports.ts";
import type { Room } from "./room.ts";
import { removeRunDirectory } from "./run-end.ts";

/** Mounts that stand, and how to give them back. */
export interface PreparedMounts {
  readonly mounts: readonly ContainerMount[];
  /** Volumes whose first content is the image's; the root must be mounted for that. */
  readonly copyUps: readonly { readonly target: string; readonly path: string }[];
  readonly release: () => Promise<void>;
}

/** Finds or makes the sources of all mounts of a new container. On failure nothing is kept. */
export async function prepareMounts(
  room: Room,
  containerId: string,
  request: ContainerCreateRequest,
  volumes: Readonly<Record<string, object>>,
): Promise<PreparedMounts> {
  const host = request.HostConfig ?? {};
  const requests = mountRequests(host, volumes);
  const inherited = mountsFrom(
    room,
    host.VolumesFrom ?? [],
    new Set(requests.filter(isExplicit).map((one) => one.target)),
  );
  const inheritedTargets = new Set(inherited.map((mount) => mount.target));
  const mounts: ContainerMount[] = [];
  const copyUps: { target: string; path: string }[] = [];
  const acquired: string[] = [];
  const release = async () => {
    for (const name of acquired.reverse()) {
      await room.volumes.release(name, containerId, { removeAnonymous: true });
    }
  };
  try {
    for (const mount of inherited) {
      if (mount.type === "volume" && mount.name !== undefined) {
        await room.volumes.acquire({ name: mount.name, containerId });
        acquired.push(mount.name);
      }
      mounts.push(mount);
    }
    for (const one of requests) {
      if (inheritedTargets.has(one.target)) continue;
      if (one.type === "bind") mounts.push(await prepareBind(one));
      else if (one.type === "tmpfs") mounts.push(tmpfsMount(one));
      else {
        const volume = await room.volumes.acquire({
          name: one.name,
          containerId,
          ...(one.driver === undefined ? {} : { driver: one.driver }),
          ...(one.driverOpts === undefined ? {} : { driverOpts: one.driverOpts }),
          ...(one.labels === undefined ? {} : { labels: one.labels }),
        });
        acquired.push(volume.name);
        mounts.push(volumeMount(one, volume));
        if (one.copyUp && volume.isEmpty && !volume.isReadOnly)
          copyUps.push({ target: one.target, path: volume.path });
      }
    }
    return { mounts, copyUps, release };
  } catch (error) {
    await release();
    throw error;
  }
}

function isExplicit(request: MountRequest): boolean {
  return request.type !== "volume" || request.name !== undefined;
}

async function prepareBind(request: Extract<MountRequest, { type: "bind" }>): Promise<ContainerMount> {
  const { source, target, readOnly, mode, propagation, recursive } = request;
  const found = await stat(source).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT")
      throw new EngineError("invalid-argument", `cannot use bind source ${source}: ${error.message}`, {
        cause: error,
      });
    return undefined;
  });
  if (found === undefined) {
    if (!request.createSource) {
      throw new EngineError(
        "invalid-argument",
        `invalid mount config for type "bind": bind source path does not exist: ${source}`,
      );
    }
    await mkdir(source, { recursive: true });
  }
  return { type: "bind", source, target, readOnly, mode, propagation, recursive, options: [] };
}

function volumeMount(
  request: Extract<MountRequest, { type: "volume" }>,
  volume: AcquiredVolume,
): ContainerMount {
  return {
    type: "volume",
    name: volume.name,
    driver: volume.driver,
    ...(request.subpath === undefined ? {} : { subpath: request.subpath }),
    source: volume.path,
    target: request.target,
    readOnly: request.readOnly || volume.isReadOnly,
    mode: request.mode,
    propagation: "",
    recursive: true,
    options: [],
  };
}

function tmpfsMount(request: Extract<MountRequest, { type: "tmpfs" }>): ContainerMount {
  const { target, readOnly, options } = request;
  return {
    type: "tmpfs",
    source: "",
    target,
    readOnly,
    mode: "",
    propagation: "",
    recursive: false,
    options,
  };
}

/** `CONTAINER[:ro|rw]`: all binds and volumes of another container. */
function mountsFrom(room: Room, sources: readonly string[], taken: Set<string>): ContainerMount[] {
  const mounts: ContainerMount[] = [];
  for (const text of sources) {
    const [name = "", mode = ""] = text.split(":");
    if (!["", "ro", "rw", "z", "Z"].includes(mode))
      throw new EngineError("invalid-argument", `invalid mode: ${mode}`);
    const other = room.table.find(name);
    // Not `not-found`: the docker command would take that for a missing image, and pull.
    if (other === undefined) throw new EngineError("invalid-argument", `No such container: ${name}`);
    for (const mount of other.document.mounts) {
      if (mount.type === "tmpfs" || taken.has(mount.target)) continue;
      taken.add(mount.target);
      mounts.push(mode === "ro" ? { ...mount, readOnly: true } : mount);
    }
  }
  return mounts;
}

/** Copies what the image has at a mount point into a volume that is still empty, ownership and all. */
export async function copyImageContent(
  room: Room,
  snapshotKey: string,
  copyUps: PreparedMounts["copyUps"],
  signal: AbortSignal,
): Promise<void> {
  if (copyUps.length === 0) return;
  const target = room.paths.rootfs(snapshotKey);
  await mkdir(target, { recursive: true, mode: 0o700 });
  await room.rootfs.mount(snapshotKey, target, signal);
  try {
    for (const copyUp of copyUps) {
      const place = await openInRoot(target, copyUp.target);
      if (place === undefined) continue;
      try {
        // By descriptor: no link of the image leads the copy elsewhere.
        if ((await place.stat()).isDirectory())
          await run(copyTree(descriptorPath(place), copyUp.path), signal);
      } finally {
        await place.close();
      }
    }
  } finally {
    await room.rootfs.unmount(target, AbortSignal.timeout(30_000));
    await removeRunDirectory(room, snapshotKey);
  }
}
