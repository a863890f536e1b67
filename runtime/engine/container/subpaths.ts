import { mkdir, readdir, rmdir, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EngineError } from "../error.ts";
import { bindDescriptor } from "../host/bind-mount.ts";
import { readMounts, unmountTarget } from "../host/mount.ts";
import { bytesOf, heldPath, type Place, RootedTree } from "../host/rooted-tree.ts";
import { run } from "../host/run.ts";
import type { ContainerDocument, ContainerMount } from "./document.ts";
import type { Room } from "./room.ts";

/** Mounts whose sources are what they are, as long as this is held. */
export interface HeldMounts extends AsyncDisposable {
  readonly mounts: readonly ContainerMount[];
}

/**
 * Finds the paths inside of volumes that mounts name. Containers that share the volume may put links there: they are
 * resolved inside the volume, and the mount's source is a descriptor of what was found, so it cannot be exchanged any more.
 * Throws `invalid-argument` for a path that is not there.
 */
export async function holdSubpaths(mounts: readonly ContainerMount[]): Promise<HeldMounts> {
  const held = await holdPlaces(mounts);
  return {
    mounts: held.mounts.map(({ mount, place }) =>
      place === undefined ? mount : { ...mount, source: heldPath(place.handle) },
    ),
    [Symbol.asyncDispose]: held[Symbol.asyncDispose],
  };
}

async function holdPlaces(mounts: readonly ContainerMount[]) {
  const held: { readonly mount: ContainerMount; readonly place: Place | undefined }[] = [];
  const release = async () => {
    for (const { place } of held.splice(0)) await place?.close();
  };
  try {
    for (const mount of mounts) {
      const place = mount.subpath === undefined ? undefined : await find(mount, mount.subpath);
      held.push({ mount, place });
    }
    return { mounts: held, [Symbol.asyncDispose]: release };
  } catch (error) {
    await release();
    throw error;
  }
}

/**
 * The same for the OCI runtime, which works in another mount namespace and so cannot mount from a descriptor: each path is
 * bound to a place of the engine's until the container has it. Never in a directory that is removed with what is in it.
 */
export async function mountSubpaths(
  room: Room,
  document: ContainerDocument,
  signal: AbortSignal,
): Promise<HeldMounts> {
  if (document.mounts.every((mount) => mount.subpath === undefined)) {
    return { mounts: document.mounts, [Symbol.asyncDispose]: async () => {} };
  }
  await using held = await holdPlaces(document.mounts);
  const targets: string[] = [];
  const release = async () => {
    for (const target of targets.splice(0)) await unbind(target);
  };
  try {
    const mounts: ContainerMount[] = [];
    for (const [index, { mount, place }] of held.mounts.entries()) {
      if (place === undefined) {
        mounts.push(mount);
        continue;
      }
      const target = join(room.paths.subpathRoot, `${document.id}-${index}`);
      await mkdir(room.paths.subpathRoot, { recursive: true, mode: 0o700 });
      if (place.info.isDirectory()) await mkdir(target, { recursive: true });
      else await writeFile(target, "");
      targets.push(target);
      await run(bindDescriptor(place.handle.fd, target), signal);
      mounts.push({ ...mount, source: target });
    }
    return { mounts, [Symbol.asyncDispose]: release };
  } catch (error) {
    await release();
    throw error;
  }
}

/** Takes down what an engine that was killed left. */
export async function sweepSubpaths(room: Room): Promise<void> {
  for (const name of await readdir(room.paths.subpathRoot).catch(() => [])) {
    await unbind(join(room.paths.subpathRoot, name));
  }
}

/** What is bound there is a user's data: nothing but an empty directory or an empty file is ever removed. */
async function unbind(target: string): Promise<void> {
  await run(unmountTarget(target, "lazy"), AbortSignal.timeout(30_000)).catch(() => {});
  if ((await readMounts()).some((mount) => mount.target === target)) return;
  await rmdir(target).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code === "ENOTDIR") await unlink(target);
    else if (error.code !== "ENOENT") throw error;
  });
}

async function find(mount: ContainerMount, subpath: string): Promise<Place> {
  await using tree = await RootedTree.open(mount.source, { readOnly: false, mounts: [] });
  const place = await tree.resolve(bytesOf(subpath), "follow");
  if (place !== undefined) return place;
  throw new EngineError(
    "invalid-argument",
    `cannot access path ${subpath} of volume "${mount.name ?? ""}": no such file or directory`,
  );
}
