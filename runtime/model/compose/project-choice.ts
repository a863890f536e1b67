import { type Environment, lookUp } from "./interpolate.ts";
import { directoryOf, resolvePath } from "./paths.ts";

/** The names Compose looks for when it is told none, in this order. */
export const COMPOSE_FILE_NAMES = [
  "compose.yaml",
  "compose.yml",
  "docker-compose.yaml",
  "docker-compose.yml",
];

/** How a Compose file is read together with others. */
export interface ProjectChoice {
  /** Absolute paths in merge order; the file itself is one of them. */
  readonly files: readonly string[];
  /** False: the file may as well be a project of its own, and the reading with fewer mistakes is the one that is meant. */
  readonly isCertain: boolean;
}

/** Files that may make one project with `path`; which of them there are decides. */
export function relatedFiles(path: string): readonly string[] {
  const stem = path.replace(/\.ya?ml$/, "");
  if (isUsualName(path)) return [`${stem}.override.yaml`, `${stem}.override.yml`];
  const base = stem.replace(/\.override$/, "");
  if (base !== stem) return [`${base}.yaml`, `${base}.yml`];
  const directory = directoryOf(path);
  return COMPOSE_FILE_NAMES.map((name) => resolvePath(directory, name, undefined));
}

/**
 * The project a file belongs to: what COMPOSE_FILE lists, the usual file with its override, or a file on top of the
 * usual one. `exists` is asked for `relatedFiles` only.
 */
export function chooseProject(
  path: string,
  exists: (path: string) => boolean,
  environment: Environment,
): ProjectChoice {
  const directory = directoryOf(path);
  const listed = (lookUp(environment, "COMPOSE_FILE") ?? "")
    .split(lookUp(environment, "COMPOSE_PATH_SEPARATOR") ?? ":")
    .filter((one) => one.trim() !== "")
    .map((one) => resolvePath(directory, one, undefined));
  if (listed.includes(path)) return { files: listed, isCertain: true };
  const other = relatedFiles(path).find(exists);
  if (other === undefined) return { files: [path], isCertain: true };
  if (isUsualName(path)) return { files: [path, other], isCertain: true };
  return { files: [other, path], isCertain: /\.override\.ya?ml$/.test(path) };
}

function isUsualName(path: string): boolean {
  return COMPOSE_FILE_NAMES.some((name) => path.endsWith(`/${name}`));
}
