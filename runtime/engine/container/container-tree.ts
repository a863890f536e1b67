import { mkdir, readFile } from "node:fs/promises";
import { EngineError } from "../error.ts";
import { RootedTree } from "../host/rooted-tree.ts";
import type { ContainerRecord } from "./record.ts";
import type { Room } from "./room.ts";
import { removeRunDirectory } from "./run-end.ts";
import { holdSubpaths } from "./subpaths.ts";
import { within } from "./within.ts";

/** A container's files, as its processes see them or would see them. */
export interface ContainerTree extends AsyncDisposable {
  readonly tree: RootedTree;
}

const endLimitMs = 10_000;

/**
 * Of a running container: its own root with all that is mounted in there. Of another: its snapshot, mounted meanwhile, with
 * binds and volumes in their places; it cannot be started or removed until the tree is closed.
 */
export async function openContainerTree(
  room: Room,
  record: ContainerRecord,
  signal: AbortSignal,
): Promise<ContainerTree> {
  for (;;) {
    if (record.isRunning) {
      const ended = record.exited;
      const tree = await openRunning(record);
      if (tree !== undefined) return { tree, [Symbol.asyncDispose]: () => tree[Symbol.asyncDispose]() };
      // Its first process is gone, and the end is being noted.
      if (!(await within(ended, endLimitMs, signal))) {
        throw new EngineError("conflict", `container ${record.id} is ending`);
      }
    }
    const opened = await openStopped(room, record, signal);
    if (opened !== undefined) return opened;
  }
}

/** Undefined when the process is gone. Its number may belong to another one by then: its cgroup tells. */
async function openRunning(record: ContainerRecord): Promise<RootedTree | undefined> {
  const { pid } = record.state;
  const tree = await RootedTree.open(`/proc/${pid}/root`, { readOnly: false, mounts: [] }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ESRCH" || error.code === "EACCES") return undefined;
      throw error;
    },
  );
  // Looked at after the root was opened: a number is not given out again while its process is there.
  const cgroups = await readFile(`/proc/${pid}/cgroup`, "utf8").catch(() => "");
  if (tree === undefined || cgroups.includes(record.id)) return tree;
  await tree[Symbol.asyncDispose]();
  return undefined;
}

/** Undefined when it runs by now. */
async function openStopped(
  room: Room,
  record: ContainerRecord,
  signal: AbortSignal,
): Promise<ContainerTree | undefined> {
  const { id } = record;
  const begun = Promise.withResolvers<ContainerTree | undefined>();
  const released = Promise.withResolvers<void>();
  const rootfs = room.paths.rootfs(id);
  const work = room.locks.run(
    id,
    async () => {
      if (room.table.find(id) === undefined) throw new EngineError("not-found", `No such container: ${id}`);
      if (record.isRunning) return begun.resolve(undefined);
      await mkdir(rootfs, { recursive: true, mode: 0o710 });
      try {
        await room.rootfs.mount(id, rootfs, signal);
        const { hostConfig } = record.document;
        await using held = await holdSubpaths(record.document.mounts);
        const tree = await RootedTree.open(rootfs, {
          readOnly: hostConfig.ReadonlyRootfs === true,
          mounts: held.mounts.filter((mount) => mount.type !== "tmpfs"),
        });
        begun.resolve({
          tree,
          [Symbol.asyncDispose]: async () => {
            await tree[Symbol.asyncDispose]();
            released.resolve();
            await work;
          },
        });
        await released.promise;
      } finally {
        await room.rootfs.unmount(rootfs, AbortSignal.timeout(30_000));
        await removeRunDirectory(room, id);
      }
    },
    signal,
  );
  work.catch(begun.reject);
  return await begun.promise;
}
