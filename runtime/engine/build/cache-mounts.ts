import { chmod, chown, mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { KeyedLock } from "../store/keyed-lock.ts";
import { toBytes } from "./byte-path.ts";
import { copySource } from "./copy-tree.ts";
import { holdLock } from "./hold-lock.ts";
import type { PlaceInRoot } from "./in-root.ts";
import { stepKey } from "./layer-cache.ts";
import type { RunMount } from "./run-mounts.ts";

type CacheMount = Extract<RunMount, { readonly type: "cache" }>;

/** A cache directory while a step uses it. */
export interface HeldCache extends AsyncDisposable {
  /** On the host. */
  readonly source: string;
}

/** The directories of `RUN --mount=type=cache`, below `build/mounts`; they outlive builds. */
export class CacheMounts {
  readonly #directory: string;
  readonly #locks = new KeyedLock();
  /** Steps that use a directory, by its name. */
  readonly #users = new Map<string, number>();

  constructor(root: string) {
    this.#directory = join(root, "build", "mounts");
  }

  /**
   * The directory for one step: everyone's (`shared`), everyone's once it is free (`locked`), or the first that no step
   * uses now (`private`). A new one starts with the files of `seed`. Take several in the order of their ids.
   */
  async take(mount: CacheMount, seed: PlaceInRoot | undefined, signal: AbortSignal): Promise<HeldCache> {
    await using held = new AsyncDisposableStack();
    if (mount.sharing === "locked") held.use(await holdLock(this.#locks, mount.id, signal));
    const name = mount.sharing === "private" ? this.#freeName(mount.id) : nameOf(mount.id, 0);
    this.#users.set(name, (this.#users.get(name) ?? 0) + 1);
    held.defer(() => this.#leave(name));
    const source = join(this.#directory, name);
    // Two steps that share a directory must not fill it at the same time.
    await this.#locks.run(`make ${name}`, () => prepare(source, mount, seed, signal), signal);
    const kept = held.move();
    return { source, [Symbol.asyncDispose]: () => kept.disposeAsync() };
  }

  /** Removes all directories that no step uses. */
  async prune(): Promise<void> {
    for (const name of await readdir(this.#directory).catch(() => [])) {
      if (!this.#users.has(name)) await rm(join(this.#directory, name), { recursive: true, force: true });
    }
  }

  #freeName(id: string): string {
    for (let number = 0; ; number++) {
      const name = nameOf(id, number);
      if (!this.#users.has(name)) return name;
    }
  }

  #leave(name: string): void {
    const users = (this.#users.get(name) ?? 1) - 1;
    if (users === 0) this.#users.delete(name);
    else this.#users.set(name, users);
  }
}

function nameOf(id: string, number: number): string {
  return stepKey("cache mount", number === 0 ? [id] : [id, number]);
}

async function prepare(
  source: string,
  { uid, gid, mode }: CacheMount,
  seed: PlaceInRoot | undefined,
  signal: AbortSignal,
): Promise<void> {
  if ((await mkdir(source, { recursive: true })) === undefined) return;
  try {
    if (seed !== undefined) {
      const found = { name: "", below: "", place: seed };
      const target = { root: toBytes(source), destination: "/", owner: "source", mode: undefined } as const;
      await copySource(found, target, signal);
    }
    await chown(source, uid, gid);
    await chmod(source, mode);
  } catch (error) {
    await rm(source, { recursive: true, force: true });
    throw error;
  }
}
