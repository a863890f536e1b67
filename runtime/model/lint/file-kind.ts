/** What a file is by its name. */
export type FileKind = "dockerfile" | "compose" | "other";

const DOCKERFILE = /^(?:(?:docker|container)file(?:\..+)?|.+\.(?:docker|container)file)$/i;
const COMPOSE = /^(?:docker-)?compose(?:[.-].+)?\.ya?ml$/i;

/** The kind of a file by the last piece of its path; `Dockerfile.dockerignore` is no Dockerfile. */
export function fileKind(path: string): FileKind {
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (COMPOSE.test(name)) return "compose";
  return DOCKERFILE.test(name) && !/ignore$/i.test(name) ? "dockerfile" : "other";
}
