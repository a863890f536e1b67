import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { relative, resolve, sep } from "node:path";
import { buffer } from "node:stream/consumers";
import { pack } from "tar-stream";
import { packContext } from "../api/context-tar.ts";
import { compileDockerignore, parseDockerignore } from "../model/dockerfile/dockerignore.ts";
import type { CommandContext } from "./command.ts";
import { UsageError } from "./command-line.ts";

/** What is sent for a build. */
export interface SentContext {
  readonly dockerfile: string;
  /** Can be sent once. */
  readonly tar: AsyncIterable<Uint8Array>;
  /** Address that the engine fetches the context from instead. */
  readonly remote?: string;
}

/**
 * Opens the context that a command line names: a directory, an address, or `-` for standard input, which holds an archive
 * or a Dockerfile alone. `file` is `--file`. Gives a function, since a build may be asked for more than once.
 */
export async function openBuildContext(
  path: string,
  file: string | undefined,
  context: CommandContext,
): Promise<() => Promise<SentContext>> {
  if (path === "-") {
    if (file === "-") throw new UsageError("standard input cannot be both the context and the Dockerfile");
    return await fromStandardInput(file, context);
  }
  if (/^(https?:|git:|ssh:|git@)/.test(path)) {
    if (file === "-") throw new UsageError("a Dockerfile on standard input needs a directory as context");
    return async () => ({ dockerfile: file ?? "Dockerfile", tar: nothing(), remote: path });
  }
  const directory = resolve(context.cwd, path);
  const given = file === "-" ? await buffer(context.stdin) : undefined;
  return () => fromDirectory(directory, file, given, context);
}

/** Where the Dockerfile of a directory is. */
export function dockerfilePath(directory: string, file: string | undefined, cwd: string): string {
  return file === undefined ? resolve(cwd, directory, "Dockerfile") : resolve(cwd, file);
}

async function fromDirectory(
  directory: string,
  file: string | undefined,
  given: Buffer | undefined,
  context: CommandContext,
): Promise<SentContext> {
  const path = dockerfilePath(directory, file, context.cwd);
  const inside = relative(directory, path).split(sep).join("/");
  const isInside = given === undefined && !inside.startsWith("../");
  const content = given ?? (await readFile(path));
  // A Dockerfile from elsewhere travels under a name that no file of the context has.
  const dockerfile = isInside ? inside : `.dockerfile.${randomBytes(8).toString("hex")}`;
  const matcher = compileDockerignore(parseDockerignore(await readIgnoreFile(directory, path)));
  // The engine needs these two whatever the ignore file says.
  const needed = new Set([dockerfile, ".dockerignore"]);
  const tar = packContext(directory, {
    ignore: (each) => !needed.has(each) && matcher.ignores(each),
    mayKeepBelow: (each) => matcher.mayKeepBelow(each) || dockerfile.startsWith(`${each}/`),
    extraFile: isInside ? undefined : { name: dockerfile, content },
    signal: context.signal,
  });
  return { dockerfile, tar };
}

async function fromStandardInput(
  file: string | undefined,
  { stdin }: CommandContext,
): Promise<() => Promise<SentContext>> {
  const content = await buffer(stdin);
  if (isArchive(content)) return async () => ({ dockerfile: file ?? "Dockerfile", tar: once(content) });
  if (file !== undefined)
    throw new UsageError("standard input holds a Dockerfile, so --file cannot name another");
  const archive = pack();
  archive.entry({ name: "Dockerfile" }, content);
  archive.finalize();
  const packed = await buffer(archive);
  return async () => ({ dockerfile: "Dockerfile", tar: once(packed) });
}

/** By its first bytes: gzip, bzip2, xz, zstd, or the magic of a tar header. */
function isArchive(content: Buffer): boolean {
  const magics = ["1f8b", "425a68", "fd377a585a00", "28b52ffd"];
  return (
    magics.some((magic) => content.toString("hex", 0, 6).startsWith(magic)) ||
    content.toString("latin1", 257, 262) === "ustar"
  );
}

async function* once(content: Buffer): AsyncGenerator<Uint8Array> {
  yield content;
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** `NAME.dockerignore` beside the Dockerfile goes before the one of the context. */
async function readIgnoreFile(directory: string, dockerfile: string): Promise<string> {
  for (const path of [`${dockerfile}.dockerignore`, resolve(directory, ".dockerignore")]) {
    try {
      return await readFile(path, "utf8");
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    }
  }
  return "";
}
