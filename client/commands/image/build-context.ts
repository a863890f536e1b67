import { readFile } from "node:fs/promises";
import path from "node:path";
import { packContext } from "../../../runtime/api/context-tar.ts";
import { compileDockerignore, parseDockerignore } from "../../../runtime/model/dockerfile/dockerignore.ts";

/** A Dockerfile and the folder that is its context. */
export interface BuildSource {
  readonly context: string;
  /** Relative to the context, `/` between its parts. */
  readonly dockerfile: string;
}

/** The Dockerfile's own folder is the context. */
export function sourceOf(dockerfile: string): BuildSource {
  return { context: path.dirname(dockerfile), dockerfile: path.basename(dockerfile) };
}

/** The context as a tar stream, without what `.dockerignore` leaves out; the Dockerfile itself always goes along. */
export async function* packBuild(source: BuildSource, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const matcher = compileDockerignore(parseDockerignore(await readIgnoreFile(source)));
  const always = new Set([source.dockerfile, ".dockerignore"]);
  const ignore = (name: string) => !always.has(name) && matcher.ignores(name);
  yield* packContext(source.context, { ignore, signal });
}

/** `web.Dockerfile.dockerignore` counts before `.dockerignore`. Source: Docker docs, ".dockerignore file". */
async function readIgnoreFile(source: BuildSource): Promise<string> {
  const own = path.join(source.context, `${source.dockerfile}.dockerignore`);
  return (await readIfThere(own)) ?? (await readIfThere(path.join(source.context, ".dockerignore"))) ?? "";
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** A tag for an image built in this folder: its name, as far as a repository may be called so. */
export function defaultTag(folder: string): string {
  const name = path
    .basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[._-]+|[._-]+$/g, "")
    .replace(/[._-]{2,}/g, "-");
  return `${name === "" ? "app" : name}:latest`;
}
