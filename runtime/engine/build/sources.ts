import { readdir } from "node:fs/promises";
import { cleanPath } from "../../model/dockerfile/dockerignore.ts";
import { compileGlob, isGlob } from "../../model/dockerfile/glob.ts";
import { EngineError } from "../error.ts";
import { onDisk, partsOf, toBytes, toText } from "./byte-path.ts";
import { kindOf, type PlaceInRoot, resolveInRoot } from "./in-root.ts";

/** A file or directory that a COPY names. */
export interface FoundSource {
  /** Its last name as written or matched: what it is called in a destination directory. */
  readonly name: string;
  /** Its path below the root, or below a `/./` in what was written: where `--parents` puts it. */
  readonly below: string;
  /** Where it is, symlinks followed. */
  readonly place: PlaceInRoot;
}

/**
 * The sources of `COPY a b*`, patterns expanded and sorted. Throws `invalid-argument` for a path that is missing, a
 * pattern that matches nothing, or one that leads outside. `keyword` is for messages.
 */
export async function findSources(
  root: string,
  words: readonly string[],
  keyword: string,
): Promise<FoundSource[]> {
  const found: FoundSource[] = [];
  for (const word of words) {
    const path = cleanPath(word.replace(/^\/+/, ""));
    if (path === ".." || path.startsWith("../")) {
      throw new EngineError(
        "invalid-argument",
        `${keyword} failed: forbidden path outside the build context: ${word}`,
      );
    }
    const paths = isGlob(path) ? await expandGlob(root, path) : [toBytes(path)];
    const pivot = word.indexOf("/./");
    const dropped = pivot === -1 ? 0 : partsOf(word.slice(0, pivot)).length;
    for (const match of paths) {
      const place = await resolveInRoot(root, match);
      if (place.kind === "missing") throw notFound(keyword, toText(match));
      const parts = partsOf(match);
      found.push({ name: parts.at(-1) ?? "", below: parts.slice(dropped).join("/"), place });
    }
  }
  if (found.length === 0)
    throw new EngineError("invalid-argument", `${keyword} failed: no source files were specified`);
  return found;
}

function notFound(keyword: string, path: string): EngineError {
  return new EngineError(
    "invalid-argument",
    `${keyword} failed: file not found in build context or excluded by .dockerignore: stat ${path}: file does not exist`,
  );
}

async function expandGlob(root: string, pattern: string): Promise<string[]> {
  let paths = [""];
  for (const part of pattern.split("/")) {
    const matches = compileGlob(part);
    const next: string[] = [];
    for (const path of paths) {
      const place = await resolveInRoot(root, path);
      if (place.kind !== "directory") continue;
      for (const name of await namesIn(place.hostPath, part, matches)) {
        next.push(path === "" ? name : `${path}/${name}`);
      }
    }
    paths = next;
  }
  return paths.sort();
}

async function namesIn(
  hostPath: string,
  part: string,
  matches: (name: string) => boolean,
): Promise<string[]> {
  if (!isGlob(part)) {
    const name = toBytes(part);
    return (await kindOf(`${hostPath}/${name}`)) === "missing" ? [] : [name];
  }
  const names = await readdir(onDisk(hostPath), "buffer");
  return names.map((name) => name.toString("latin1")).filter((name) => matches(toText(name)));
}
