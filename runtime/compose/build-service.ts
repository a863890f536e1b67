import { createHash } from "node:crypto";
import { access, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { ApiError } from "../api/api-error.ts";
import { packContext } from "../api/context-tar.ts";
import type { BuildOptions, EngineClient } from "../api/engine-client.ts";
import { isRemoteContext } from "../model/compose/paths.ts";
import type { Build, Project, Service } from "../model/compose/types.ts";
import { compileDockerignore, parseDockerignore } from "../model/dockerfile/dockerignore.ts";
import { ComposeError } from "./compose-error.ts";
import { label } from "./labels.ts";
import { imageName } from "./names.ts";

/** Where the words of long operations go, and what building needs of the caller's environment. */
export interface BuildContext {
  readonly progress: (line: string) => void;
  readonly warn: (line: string) => void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly noCache?: boolean;
  readonly pull?: boolean;
  readonly buildArgs?: Readonly<Record<string, string>>;
}

/** Builds a service's image. Throws ComposeError with the builder's message. */
export async function buildService(
  client: EngineClient,
  project: Project,
  service: Service,
  output: BuildContext,
  signal: AbortSignal,
): Promise<void> {
  const { build } = service;
  if (build === undefined) throw new ComposeError(`service "${service.name}" has no build section`);
  const dockerfile = await dockerfileOf(service, build);
  const ignore = await readIgnore(build.context, dockerfile.name);
  const { name, content } = dockerfile;
  const extra = content === undefined ? {} : { extraFile: { name, content } };
  const context = packContext(build.context, { ignore, ...extra, signal });
  try {
    for await (const message of client.images.build(
      context,
      buildOptions(project, service, build, name, output),
      signal,
    )) {
      const text = message.stream ?? message.status;
      for (const line of text?.split("\n") ?? [])
        if (line.trim() !== "") output.progress(`${service.name}: ${line.trimEnd()}`);
    }
  } catch (error) {
    if (error instanceof ApiError) {
      throw new ComposeError(
        `cannot build service "${service.name}" from ${build.context}: ${error.message}`,
        { cause: error },
      );
    }
    if (!isFileError(error)) throw error;
    throw new ComposeError(`cannot read the build context of service "${service.name}": ${error.message}`, {
      cause: error,
    });
  }
}

function buildOptions(
  project: Project,
  service: Service,
  build: Build,
  dockerfile: string,
  output: BuildContext,
): BuildOptions {
  const args = Object.entries({ ...build.args, ...output.buildArgs }).flatMap(([name, value]) => {
    // An argument without a value is taken from who builds, or left to the Dockerfile's default.
    const given = value ?? output.environment[name];
    return given === undefined ? [] : [[name, given] as const];
  });
  return {
    dockerfile,
    tags: [imageName(project, service), ...build.tags],
    buildArgs: Object.fromEntries(args),
    labels: { ...build.labels, [label.project]: project.name, [label.service]: service.name },
    target: build.target,
    noCache: output.noCache ?? build.noCache,
    pull: output.pull ?? build.pull,
    networkMode: build.network,
    platform: service.platform ?? build.platforms[0],
    extraHosts: build.extraHosts,
    shmSizeBytes: build.shmSizeBytes,
  };
}

/** A Dockerfile by its path in the context; one that is not there comes along with its content. */
interface ContextDockerfile {
  readonly name: string;
  readonly content?: Buffer;
}

/** Throws ComposeError for what cannot be sent yet. */
async function dockerfileOf(service: Service, build: Build): Promise<ContextDockerfile> {
  const refuse = (what: string): ComposeError =>
    new ComposeError(`cannot build service "${service.name}": ${what} is not supported yet`);
  if (isRemoteContext(build.context)) throw refuse(`the remote context ${build.context}`);
  if (build.platforms.length > 1) throw refuse("building for several platforms");
  if (build.dockerfileInline !== undefined) return extraDockerfile(Buffer.from(build.dockerfileInline));
  const path = build.dockerfile ?? "Dockerfile";
  const inContext = path.startsWith("/") ? relative(build.context, path) : join(path);
  if (!inContext.startsWith("..")) return { name: inContext };
  const file = path.startsWith("/") ? path : join(build.context, path);
  try {
    return extraDockerfile(await readFile(file));
  } catch (error) {
    throw new ComposeError(`cannot build service "${service.name}": ${file} cannot be read`, {
      cause: error,
    });
  }
}

/** Named by its content, so that it meets no file of the context and the same content is the same build. */
function extraDockerfile(content: Buffer): ContextDockerfile {
  const digest = createHash("sha256").update(content).digest("hex").slice(0, 16);
  return { name: `.dockerfile.${digest}`, content };
}

/** `DOCKERFILE.dockerignore` wins over `.dockerignore`; the Dockerfile itself and the ignore file are always sent. */
async function readIgnore(context: string, dockerfile: string): Promise<(path: string) => boolean> {
  try {
    await access(context);
  } catch (error) {
    throw new ComposeError(`cannot read the build context ${context}: no such directory`, { cause: error });
  }
  const own = await readIfThere(join(context, `${dockerfile}.dockerignore`));
  const text = own ?? (await readIfThere(join(context, ".dockerignore")));
  if (text === undefined) return () => false;
  const matcher = compileDockerignore(parseDockerignore(text));
  return (path) => path !== dockerfile && path !== ".dockerignore" && matcher.ignores(path);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isFileError(error) && error.code === "ENOENT") return undefined;
    throw error;
  }
}

function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error;
}
