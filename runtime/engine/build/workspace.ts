import { randomBytes } from "node:crypto";
import { mkdir, readdir, realpath, rm } from "node:fs/promises";
import { join } from "node:path";
import { readMounts } from "../host/mount.ts";
import type { Digest } from "../image/resolved.ts";
import type { Logger } from "../log.ts";
import { toBytes, toText } from "./byte-path.ts";
import { PendingLinks } from "./pending-links.ts";
import type { BuildSnapshots, LayerRef } from "./ports.ts";

/** Undoing must not hang for ever, and must not end because the build was cancelled. */
const undoLimitMs = 30_000;

/** Temporary directories, mounts and snapshots of one build; all of it is gone when it is disposed of. */
export class BuildWorkspace implements AsyncDisposable {
  readonly directory: string;
  readonly #snapshots: BuildSnapshots;
  readonly #readOnly = new Map<Digest | "scratch", Promise<string>>();
  #count = 0;

  private constructor(directory: string, snapshots: BuildSnapshots) {
    this.directory = directory;
    this.#snapshots = snapshots;
  }

  static async create(root: string, snapshots: BuildSnapshots): Promise<BuildWorkspace> {
    const directory = join(temporaryDirectory(root), randomBytes(6).toString("hex"));
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return new BuildWorkspace(directory, snapshots);
  }

  /** Byte path of a new directory or file name in the workspace; nothing is made. */
  newPath(kind: string): string {
    return `${toBytes(this.directory)}/${kind}-${this.#count++}`;
  }

  /** Byte path of the read-only root of a chain; mounted once for the build. */
  readOnly(chain: Digest | undefined, signal: AbortSignal): Promise<string> {
    const key = chain ?? "scratch";
    const known = this.#readOnly.get(key);
    if (known !== undefined) return known;
    const target = join(this.directory, `from-${this.#count++}`);
    const mounted = this.#mountReadOnly(chain, target, signal);
    this.#readOnly.set(key, mounted);
    return mounted;
  }

  /** A writable snapshot over a chain, mounted. */
  async openLayer(parent: Digest | undefined, signal: AbortSignal): Promise<OpenLayer> {
    const key = `${snapshotPrefix}${randomBytes(16).toString("hex")}`;
    const target = join(this.directory, key);
    const layer = new OpenLayer(key, { target, mounted: target, users: target }, this.#snapshots);
    try {
      await this.#snapshots.prepare(key, parent);
      await this.#snapshots.mount(key, target, signal);
      return layer;
    } catch (error) {
      await layer[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** A layer that is written without regard to the files below it: for `COPY --link`. */
  async openLinkedLayer(parent: Digest | undefined, signal: AbortSignal): Promise<OpenLayer> {
    const key = `${snapshotPrefix}${randomBytes(16).toString("hex")}`;
    // Removed by its name after a crash, as mounted ones are.
    await mkdir(join(this.directory, key));
    await this.#snapshots.prepare(key, parent);
    const target = this.#snapshots.changesDirectory(key);
    const users = toText(await this.readOnly(parent, signal));
    return new OpenLayer(key, { target, mounted: undefined, users }, this.#snapshots);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const signal = AbortSignal.timeout(undoLimitMs);
    for (const mounted of this.#readOnly.values()) {
      const path = await mounted.catch(() => undefined);
      if (path !== undefined)
        await this.#snapshots.unmount(Buffer.from(path, "latin1").toString("utf8"), signal);
    }
    await rm(this.directory, { recursive: true, force: true });
  }

  async #mountReadOnly(chain: Digest | undefined, target: string, signal: AbortSignal): Promise<string> {
    if (chain === undefined) await mkdir(target);
    else await this.#snapshots.mountReadOnly(chain, target, signal);
    return toBytes(target);
  }
}

interface LayerPlaces {
  readonly target: string;
  /** The same when it is a mount. */
  readonly mounted: string | undefined;
  readonly users: string;
}

/** A writable snapshot. Disposing of it without a commit leaves nothing. */
export class OpenLayer implements AsyncDisposable {
  /** Host path of the root that is written to, as text for programs and as bytes for file names. */
  readonly target: string;
  readonly root: string;
  /** Byte path of the root whose passwd and group files name owners. */
  readonly usersRoot: string;
  /** Made by the commit. */
  readonly links = new PendingLinks();
  readonly #key: string;
  readonly #mounted: string | undefined;
  readonly #snapshots: BuildSnapshots;
  #isOpen = true;

  constructor(key: string, { target, mounted, users }: LayerPlaces, snapshots: BuildSnapshots) {
    this.#key = key;
    this.target = target;
    this.root = toBytes(target);
    this.usersRoot = toBytes(users);
    this.#mounted = mounted;
    this.#snapshots = snapshots;
  }

  /** The layer of what was changed; undefined when nothing was. */
  async commit(signal: AbortSignal): Promise<{ layer: LayerRef; chainId: Digest } | undefined> {
    if (this.#mounted !== undefined) await this.#snapshots.unmount(this.#mounted, signal);
    await this.links.apply(toBytes(this.#snapshots.changesDirectory(this.#key)), signal);
    const committed = await this.#snapshots.commit(this.#key, signal);
    this.#isOpen = false;
    if (this.#mounted !== undefined) await rm(this.#mounted, { recursive: true, force: true });
    return committed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    if (this.#mounted !== undefined) {
      await this.#snapshots.unmount(this.#mounted, AbortSignal.timeout(undoLimitMs));
    }
    await this.#snapshots.remove(this.#key);
  }
}

const snapshotPrefix = "build-";

function temporaryDirectory(root: string): string {
  return join(root, "build", "tmp");
}

/** At start: removes mounts, snapshots and directories that builds of an earlier engine left behind. */
export async function removeBuildLeftovers(
  root: string,
  snapshots: BuildSnapshots,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  // The kernel names mounts by their real paths.
  const directory = await realpath(temporaryDirectory(root)).catch(() => undefined);
  if (directory === undefined) return;
  const mounts = (await readMounts()).filter(({ target }) => target.startsWith(`${directory}/`));
  for (const { target } of mounts.toReversed()) await snapshots.unmount(target, signal);
  for (const build of await readdir(directory).catch(() => [])) {
    for (const name of await readdir(join(directory, build)).catch(() => [])) {
      if (name.startsWith(snapshotPrefix)) await snapshots.remove(name);
    }
    await rm(join(directory, build), { recursive: true, force: true });
    log.info("removed what an interrupted build left", { build });
  }
}
