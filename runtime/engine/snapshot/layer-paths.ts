import { malformed, type TarHeader } from "./tar-codec.ts";

/** What a layer has put at a path so far. */
export type PathKind =
  | { readonly kind: "directory" }
  | { readonly kind: "other" }
  | { readonly kind: "whiteout" }
  | { readonly kind: "symlink"; readonly target: string };

const maxSymlinks = 40;

/** Where the entries of one layer come to lie: no path leaves the root, whatever the layer's own symlinks say. */
export class LayerPaths {
  readonly #kinds = new Map<string, PathKind>();

  get(path: string): PathKind | undefined {
    return path === "" ? { kind: "directory" } : this.#kinds.get(path);
  }

  add(path: string, kind: PathKind): void {
    if (path !== "") this.#kinds.set(path, kind);
  }

  /**
   * The path of an entry relative to the root, without `.`, `..` and symlinks in all but the last part; empty for the
   * root itself. Throws `invalid-argument` when the name climbs out of the root.
   */
  place(name: string): string {
    const parts = cleanParts(name);
    const last = parts.pop();
    if (last === undefined) return "";
    const parent = this.#resolve(parts, name);
    return parent === "" ? last : `${parent}/${last}`;
  }

  /** Parents of `path` that the layer does not hold yet, outermost first. */
  missingParents(path: string): string[] {
    const missing: string[] = [];
    for (let slash = path.lastIndexOf("/"); slash > 0; slash = path.lastIndexOf("/", slash - 1)) {
      const parent = path.slice(0, slash);
      const known = this.get(parent);
      if (known?.kind === "other") throw malformed(`${JSON.stringify(path)} lies below a file`);
      if (known?.kind !== "directory") missing.unshift(parent);
    }
    return missing;
  }

  /** The path a hard link goes to, which the layer must hold. */
  linkTarget(header: TarHeader): string {
    const target = this.place(header.linkname);
    const known = this.get(target);
    if (known === undefined || known.kind === "directory" || known.kind === "whiteout") {
      throw malformed(
        `hard link ${JSON.stringify(header.name)} goes to ${JSON.stringify(header.linkname)}, which the layer does not hold`,
      );
    }
    return target;
  }

  kindOf(placed: TarHeader): PathKind {
    if (placed.type === "directory") return { kind: "directory" };
    if (placed.type === "symlink") return { kind: "symlink", target: placed.linkname };
    // A hard link to a symlink is that symlink.
    if (placed.type === "hardlink") return this.get(placed.linkname.slice("./".length)) ?? { kind: "other" };
    return { kind: "other" };
  }

  #resolve(parts: readonly string[], name: string): string {
    const left = [...parts];
    const done: string[] = [];
    let followed = 0;
    while (left.length > 0) {
      const part = left.shift();
      if (part === undefined || part === "" || part === ".") continue;
      if (part === "..") {
        done.pop(); // as in a changed root: `..` of the root is the root
        continue;
      }
      const known = this.get([...done, part].join("/"));
      if (known?.kind !== "symlink") {
        done.push(part);
        continue;
      }
      followed += 1;
      if (followed > maxSymlinks) throw malformed(`${JSON.stringify(name)} passes too many symlinks`);
      if (known.target.startsWith("/")) done.length = 0;
      left.unshift(...known.target.split("/"));
    }
    return done.join("/");
  }
}

function cleanParts(name: string): string[] {
  const parts: string[] = [];
  for (const part of name.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) throw malformed(`${JSON.stringify(name)} points outside of its root`);
  }
  return parts;
}
