import { constants, type Stats } from "node:fs";
import { type FileHandle, open, readlink } from "node:fs/promises";
import { posix } from "node:path";

const maxLinks = 40;
/** O_PATH: a place in the tree, nothing opened for reading. Not among Node's constants. */
const openPath = 0o10000000;

/** What a process in the tree would see at `target` instead of what is there: a volume of a container that does not run. */
export interface TreeMount {
  readonly target: string;
  readonly source: string;
  readonly readOnly: boolean;
}

/** One file or directory of a tree, held: whatever is renamed meanwhile, it stays the same. */
export interface Place {
  /** As seen in the tree, links resolved; one character a byte (latin1), so that names of any encoding survive. */
  readonly path: string;
  readonly handle: FileHandle;
  readonly info: Stats;
  /** The text of a symbolic link, else empty. */
  readonly linkText: string;
  /** It lies on a mount that is read-only for processes in the tree. */
  readonly readOnly: boolean;
  readonly close: () => Promise<void>;
}

type Step = Pick<Place, "handle" | "info" | "linkText" | "readOnly"> & { readonly name: string };

/**
 * A directory as the root of all paths, as for a process that was chrooted into it. No path is ever given to the kernel
 * in more than one piece: each name is opened with O_NOFOLLOW through the descriptor of its directory, links are read as
 * text and begin again at the root, `..` goes back to the descriptor before. So whatever other processes do to the tree
 * meanwhile, nothing outside of it is reached. All paths are latin1 text, one character a byte.
 */
export class RootedTree implements AsyncDisposable {
  readonly #root: FileHandle;
  readonly #readOnly: boolean;
  readonly #mounts = new Map<string, TreeMount>();

  private constructor(root: FileHandle, readOnly: boolean) {
    this.#root = root;
    this.#readOnly = readOnly;
  }

  static async open(
    root: string,
    options: { readonly readOnly: boolean; readonly mounts: readonly TreeMount[] },
  ): Promise<RootedTree> {
    const tree = new RootedTree(await open(root, openPath | constants.O_DIRECTORY), options.readOnly);
    try {
      // The outer mount first: the inner one's target is looked up on it.
      for (const mount of options.mounts.toSorted((a, b) => a.target.length - b.target.length)) {
        const path = bytesOf(posix.normalize(mount.target));
        const place = await tree.resolve(path, "follow");
        tree.#mounts.set(place?.path ?? path, mount);
        await place?.close();
      }
      return tree;
    } catch (error) {
      await tree[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** For other rooms' functions that take a root by path; good while the tree is open. */
  get rootPath(): string {
    return `/proc/${process.pid}/fd/${this.#root.fd}`;
  }

  /** Undefined when there is nothing, or links go in circles. */
  async resolve(path: string, lastLink: "follow" | "stay"): Promise<Place | undefined> {
    const steps: Step[] = [];
    const pending = namesOf(path);
    let links = 0;
    let done = false;
    try {
      for (let name = pending.shift(); name !== undefined; name = pending.shift()) {
        if (name === "..") {
          await steps.pop()?.handle.close();
          continue;
        }
        const here = steps.at(-1);
        const next = await this.#enter(here, pathOf(steps), name);
        if (next === undefined) return undefined;
        if (!next.info.isSymbolicLink() || (lastLink === "stay" && pending.length === 0)) {
          steps.push(next);
          continue;
        }
        await next.handle.close();
        if (++links > maxLinks) return undefined;
        if (next.linkText.startsWith("/")) for (const step of steps.splice(0)) await step.handle.close();
        pending.unshift(...namesOf(next.linkText));
      }
      const place = await this.#place(steps);
      done = true;
      return place;
    } finally {
      for (const step of done ? steps.slice(0, -1) : steps) await step.handle.close();
    }
  }

  /** The entry `name` of a directory, a link itself and not what it points to. Undefined when there is none. */
  async child(directory: Place, name: string): Promise<Place | undefined> {
    const step = await this.#enter(directory, directory.path, name);
    return step === undefined ? undefined : heldPlace(step, posix.join(directory.path, name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#root.close();
  }

  async #enter(
    here: { readonly handle: FileHandle; readonly readOnly: boolean } | undefined,
    path: string,
    name: string,
  ): Promise<Step | undefined> {
    const mount = this.#mounts.get(posix.join(path, name));
    // What is mounted was chosen by whoever made the container, links in it included.
    if (mount !== undefined) {
      const handle = await open(mount.source, openPath);
      return { name, handle, info: await handle.stat(), linkText: "", readOnly: mount.readOnly };
    }
    const entry = below(here?.handle ?? this.#root, name);
    const handle = await open(entry, openPath | constants.O_NOFOLLOW).catch(ignoreAbsent);
    if (handle === undefined) return undefined;
    const info = await handle.stat();
    // Replaced meanwhile by what is no link: then it is gone.
    const text = info.isSymbolicLink() ? await readlink(entry, "buffer").catch(ignoreAbsent) : emptyText;
    if (text === undefined) {
      await handle.close();
      return undefined;
    }
    return {
      name,
      handle,
      info,
      linkText: text.toString("latin1"),
      readOnly: here?.readOnly ?? this.#readOnly,
    };
  }

  async #place(steps: readonly Step[]): Promise<Place> {
    const last = steps.at(-1);
    if (last !== undefined) return heldPlace(last, pathOf(steps));
    const handle = await open(this.rootPath, openPath | constants.O_DIRECTORY);
    return heldPlace({ handle, info: await handle.stat(), linkText: "", readOnly: this.#readOnly }, "/");
  }
}

const emptyText = Buffer.alloc(0);

/** Path of an entry of a directory that is held, for one call of the kernel: it does not follow a link `name`. */
export function below(directory: FileHandle, name: string): Buffer {
  if (name === "" || name === "." || name === ".." || name.includes("/") || name.includes("\0")) {
    throw new Error(`not a name of one entry: ${JSON.stringify(name)}`);
  }
  return Buffer.from(`/proc/self/fd/${directory.fd}/${name}`, "latin1");
}

/** Path of exactly what is held. */
export function heldPath(handle: FileHandle): string {
  return `/proc/self/fd/${handle.fd}`;
}

/** A path of a client as this tree wants it. */
export function bytesOf(path: string): string {
  return Buffer.from(path, "utf8").toString("latin1");
}

function heldPlace(step: Omit<Step, "name">, path: string): Place {
  const { handle, info, linkText, readOnly } = step;
  return { path, handle, info, linkText, readOnly, close: () => handle.close() };
}

function namesOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}

function pathOf(steps: readonly Step[]): string {
  return `/${steps.map((step) => step.name).join("/")}`;
}

function ignoreAbsent(error: NodeJS.ErrnoException): undefined {
  if (["ENOENT", "ENOTDIR", "EINVAL", "ENAMETOOLONG"].includes(error.code ?? "")) return undefined;
  throw error;
}
